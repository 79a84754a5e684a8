// A list of any length, of whose cards only those near the window exist: all rows are equally high, so where each one is can be counted.

// Windows above and below the one that is seen, whose cards exist as well.
const SPARE = 1;

export class Shelf {
  /** Whether more of the list is on its way, which those are told who cannot see it; whoever changes it calls `show`. */
  isBusy = false;

  #ids = [];
  #isAsked = false;
  #list;
  #make;
  #onEnd;

  /** `make` gives the card of an id; `onEnd` is called whenever the end of the list is near the window. */
  constructor(list, make, onEnd) {
    this.#list = list;
    this.#make = make;
    this.#onEnd = onEnd;
    addEventListener("scroll", () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(list);
    addEventListener("resize", () => this.show());
  }

  /** What the list holds, in its order; whoever changes it calls `show`. */
  get ids() {
    return this.#ids;
  }

  clear() {
    this.#ids = [];
    this.#list.replaceChildren();
    this.show();
  }

  /** The card of an id, where it exists. */
  card(id) {
    return document.getElementById(`task-${id}`);
  }

  /** Makes what the window shows, once in a frame however often it is asked. */
  show() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#render();
    });
  }

  /** Scrolls to the card of an id, which exists afterwards. */
  reveal(id) {
    const place = this.#ids.indexOf(id);
    if (place < 0 || this.card(id)) return this.card(id);
    const { columns, height } = this.#measure();
    scrollBy(0, this.#list.getBoundingClientRect().top + Math.floor(place / columns) * height - innerHeight / 3);
    this.#render();
    return this.card(id);
  }

  #render() {
    if (this.#list.offsetParent === null) return; // Another view is shown.
    if (this.#ids.length && !this.#list.firstElementChild) this.#fill(0, 1);
    const { columns, height, rows } = this.#measure();
    const top = -this.#list.getBoundingClientRect().top;
    const spare = SPARE * innerHeight;
    const first = Math.max(0, Math.min(rows - 1, Math.floor((top - spare) / height)));
    const last = Math.max(0, Math.min(rows, Math.ceil((top + innerHeight + spare) / height)));
    this.#list.style.paddingBlock = `${first * height}px ${Math.max(0, rows - last) * height}px`;
    this.#fill(first * columns, last * columns);
    this.#list.ariaBusy = String(this.isBusy);
    if (top + innerHeight + 2 * spare >= rows * height) this.#onEnd();
  }

  #measure() {
    const style = getComputedStyle(this.#list);
    const columns = style.gridTemplateColumns.split(" ").length;
    const card = this.#list.firstElementChild?.getBoundingClientRect().height ?? 0;
    return { columns, height: card + parseFloat(style.rowGap) || 1, rows: Math.ceil(this.#ids.length / columns) };
  }

  /** Lets exactly the cards from `first` to before `last` exist; those that stay are not touched. */
  #fill(first, last) {
    const wanted = this.#ids.slice(first, last);
    const names = new Set(wanted.map((id) => `task-${id}`));
    for (const card of [...this.#list.children]) if (!names.has(card.id)) card.remove();
    let place = this.#list.firstElementChild;
    for (const [number, id] of wanted.entries()) {
      const card = place?.id === `task-${id}` ? place : this.#make(id);
      card.setAttribute("aria-posinset", first + number + 1);
      if (card === place) place = place.nextElementSibling;
      else this.#list.insertBefore(card, place);
    }
  }
}
