"""A script as users of the hosted API have it, with `requests`; only the base URL may be another.

python requests_script.py BASE_URL KEY PROMPT FILE
"""

import sys
import time

import requests

BASE_URL, KEY, PROMPT, FILE = sys.argv[1:]
ROUTE = f"{BASE_URL}/v1/ai/text-to-image/seedream-v4"
HEADERS = {"x-freepik-api-key": KEY, "Content-Type": "application/json"}


def main() -> None:
    response = requests.post(ROUTE, headers=HEADERS, json={"prompt": PROMPT, "aspect_ratio": "square_1_1"}, timeout=30)
    if response.status_code != 200:
        sys.exit(f"Error: {response.json()['message']}")
    task_id = response.json()["data"]["task_id"]
    status = response.json()["data"]["status"]
    while status not in ("COMPLETED", "FAILED"):
        time.sleep(0.1)
        response = requests.get(f"{ROUTE}/{task_id}", headers=HEADERS, timeout=30)
        status = response.json()["data"]["status"]
    if status == "FAILED":
        sys.exit("Error: the task failed")
    # Such scripts trust nothing else than https.
    urls = [url for url in response.json()["data"]["generated"] if url.startswith("https://")]
    print(urls[0])
    # What stands before the server in the world is not there in a test: TLS is taken off here, by hand.
    picture = requests.get(BASE_URL + "/" + urls[0].split("/", 3)[3], timeout=30)
    with open(FILE, "wb") as file:  # noqa: PTH123 - as its users write it
        file.write(picture.content)
    print(picture.headers["Content-Type"])


main()
