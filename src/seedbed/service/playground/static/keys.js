// API keys, for a key that may look after them: list, make, revoke.

import * as api from "./api.js";
import { $, copy, make, showError, toast } from "./dom.js";
import { isShown } from "./tabs.js";

const day = (text) => (text ? new Date(text).toLocaleDateString() : "never");

function card(key) {
  const facts = [
    ["Begins with", `${key.hint}…`],
    ["May", key.scopes.join(", ")],
    ["Made", day(key.created_at)],
    ["Last used", day(key.last_used_at)],
    ["Ends", key.revoked_at ? `revoked ${day(key.revoked_at)}` : day(key.expires_at)],
    ["Requests a minute", key.rate_limit ?? "as any key"],
  ];
  const revoke = make("button", { type: "button", textContent: "Revoke", "aria-label": `Revoke ${key.name}`, onclick: () => askToRevoke(key) });
  const title = make("h3", {}, key.name, key.is_yours ? make("span", { className: "mark", textContent: "this key" }) : null, key.state === "valid" ? null : make("span", { className: "mark", textContent: key.state }));
  const list = make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", { textContent: name }), make("dd", { textContent: value })]));
  return make("li", { id: key.key_id, className: "key", "data-state": key.state }, title, list, key.state === "valid" && !key.is_yours ? revoke : null);
}

async function reload() {
  if (!isShown("keys")) return;
  try {
    const own = await api.ownKey();
    const mayAll = own.scopes.includes("admin");
    $("keys-tools").hidden = !mayAll;
    $("no-admin").hidden = mayAll;
    // It can give no more than it has.
    for (const box of $("key-scopes").querySelectorAll("input")) box.disabled = !own.scopes.includes(box.value);
    $("key-list").replaceChildren(...(mayAll ? await api.keys() : [own]).map(card));
    showError($("keys-error"), "");
  } catch (error) {
    showError($("keys-error"), error.message);
  }
}

async function create(event) {
  event.preventDefault();
  showError($("new-key-error"), "");
  const scopes = [...$("key-scopes").querySelectorAll("input:checked:enabled")].map((box) => box.value);
  const number = (id) => ($(id).value ? Number($(id).value) : null);
  try {
    if (!scopes.length) throw new Error("Choose what it may do.");
    const made = await api.createKey({ name: $("key-name").value.trim(), scopes, expires_in_days: number("key-days"), rate_limit: number("key-rate") });
    $("made-key").value = made.key;
    $("made").hidden = false;
    $("made-key").focus();
    $("made-key").select();
    $("new-key").reset();
    await reload();
  } catch (error) {
    showError($("new-key-error"), error.message);
  }
}

function askToRevoke(key) {
  $("revoke-what").textContent = `“${key.name}”, ${key.hint}…: its requests will be refused from now on. Its tasks stay.`;
  $("revoke-dialog").dataset.key = key.key_id;
  $("revoke-dialog").showModal();
}

async function revoke() {
  if ($("revoke-dialog").returnValue !== "revoke") return;
  $("revoke-dialog").returnValue = "";
  try {
    await api.revokeKey($("revoke-dialog").dataset.key);
    toast("Revoked");
  } catch (error) {
    toast(error.message);
  }
  await reload();
}

export function start() {
  $("keys").addEventListener("shown", reload);
  $("new-key").addEventListener("submit", create);
  $("copy-key").addEventListener("click", () => copy($("made-key").value));
  $("revoke-dialog").addEventListener("close", revoke);
  api.bus.addEventListener("new-key", () => {
    $("made").hidden = true;
    $("made-key").value = "";
    reload();
  });
}
