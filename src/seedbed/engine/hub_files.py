"""Large files of the hub, such that a later pull goes on where one stopped.

The hub's own client goes on only within one call: its unfinished files have random names, and are deleted. So we
download large ones by its own function, but under a name that stays, to where its cache has them. All else it does.
"""

import fcntl
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from seedbed.errors import CheckpointError

__all__ = ["fetch"]

LARGE = 8 * 2**20
"""Bytes from which on it is worth going on."""
SHA256 = re.compile(r"[0-9a-f]{64}")


def fetch(repository: str, file: str, revision: str) -> None:
    """Download a large file into the hub's cache, from where an earlier call stopped; leave any other to its client.

    Raises what the hub's client raises, and `CheckpointError` when what came is not what the hub said.
    """
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import repo_folder_name

    # As the client's own functions do, so that a mirror set for it holds here.
    url = hf_hub_url(repository, file, revision=revision)
    found = get_hf_file_metadata(url)
    if found.etag is None or found.size is None:
        return
    folder = repo_folder_name(repo_id=repository, repo_type="model")
    blob = Path(constants.HF_HUB_CACHE) / folder / "blobs" / found.etag
    if blob.exists() and blob.stat().st_size != found.size:
        # Cut off after it came: the client would take it for whole for ever.
        blob.unlink()
    if not LARGE <= found.size <= constants.MAX_HTTP_DOWNLOAD_SIZE:
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    _complete(blob, url, found.location, found.size)


def _complete(blob: Path, url: str, location: str, size: int) -> None:
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    headers = build_hf_headers()
    if urlsplit(url).netloc != urlsplit(location).netloc:
        # Where large files are kept, the hub's token is nobody's business.
        headers.pop("authorization", None)
    part = blob.with_name(f"{blob.name}.part")
    with part.open("ab") as opened:
        # Two pulls at once would write into the same file.
        fcntl.flock(opened, fcntl.LOCK_EX)
        if blob.exists():
            return
        if opened.tell() > size:
            opened.truncate(0)
        http_get(location, opened, resume_size=opened.tell(), headers=headers, expected_size=size)
        opened.flush()
        _check(part, blob.name)
        part.replace(blob)


def _check(part: Path, etag: str) -> None:
    """Raise `CheckpointError`, and begin anew next time, where a file is not what its name says."""
    if SHA256.fullmatch(etag) is None:
        return
    with part.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    if digest != etag:
        part.unlink()
        raise CheckpointError(f"the file that came has the digest {digest}, not {etag}; pull it again")
