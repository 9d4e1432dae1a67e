// Draws the board from /_board/state and sends edits to /_board/edit. Everything that came from outside
// goes in as text, never as markup.
"use strict";

const POLL_MILLISECONDS = 700;
const find = (id) => document.getElementById(id);
let state = null;
let opened = null;
let dragged = null;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("data-") || key.startsWith("aria-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

const project = () => find("project").value;
const cards = () => (state ? state.projects[project()] ?? [] : []);
const say = (text) => { find("message").textContent = text; };

async function edit(change) {
  const sent = { project: project(), ...change };
  try {
    const answer = await fetch("/_board/edit", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(sent),
    });
    say(answer.ok ? "" : (await answer.json()).message);
  } catch {
    say("The sandbox does not answer.");
  }
  await refresh();
}

async function refresh() {
  try {
    const version = state ? state.version : "";
    const answer = await fetch(`/_board/state?version=${version}`);
    if (answer.status !== 200) return;
    const before = state;
    state = await answer.json();
    draw(before);
    if (find("message").textContent === "The sandbox does not answer.") say("");
  } catch {
    say("The sandbox does not answer.");
  }
}

function draw(before) {
  drawProjects();
  find("who").textContent = `You are @${state.me}`;
  const former = new Map((before?.projects[project()] ?? []).map((card) => [card.number, JSON.stringify(card)]));
  const focus = document.activeElement?.closest?.(".card")?.dataset.number;
  const kind = document.activeElement?.className;
  find("columns").replaceChildren(...state.columns.map((column) => drawColumn(column, before && former)));
  if (focus) find("columns").querySelector(`[data-number="${focus}"] .${kind || "title"}`)?.focus();
  if (opened !== null) drawDetails();
}

function drawProjects() {
  const names = Object.keys(state.projects);
  const select = find("project");
  if (select.options.length === names.length) return;
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  const wanted = new URLSearchParams(location.search).get("project");
  if (names.includes(wanted)) select.value = wanted;
}

function drawColumn(column, former) {
  const inside = cards().filter((card) => card.column === column.key);
  const list = element("ul", {}, ...inside.map((card) => drawCard(card, former)));
  const heading = element("h2", {}, column.title, element("span", { textContent: inside.length }));
  const section = element("section", { "aria-label": `${column.title}, ${inside.length}` }, heading, list);
  section.addEventListener("dragover", (event) => { event.preventDefault(); section.classList.add("target"); });
  section.addEventListener("dragleave", () => section.classList.remove("target"));
  section.addEventListener("drop", (event) => {
    event.preventDefault();
    section.classList.remove("target");
    if (dragged !== null) edit({ number: dragged, column: column.key });
  });
  return section;
}

function drawCard(card, former) {
  const title = element("button", { className: "title", type: "button" },
    element("span", { className: "number", textContent: `#${card.number}` }), card.title);
  title.addEventListener("click", () => show(card.number));
  const item = element("li", { className: "card", draggable: true, "data-number": card.number },
    title, drawLabels(card), drawFoot(card));
  if (former && former.get(card.number) !== JSON.stringify(card)) item.classList.add("changed");
  item.addEventListener("dragstart", (event) => {
    dragged = card.number;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", String(card.number));
  });
  item.addEventListener("dragend", () => { dragged = null; });
  return item;
}

function drawFoot(card) {
  const people = card.assignees.map((login) => `@${login}`).join(" ") || (card.pull ? "pull request" : "unassigned");
  const move = element("select", { className: "move", "aria-label": `Move #${card.number} to` },
    ...state.columns.map((column) => new Option(column.title, column.key, false, column.key === card.column)));
  move.addEventListener("change", () => edit({ number: card.number, column: move.value }));
  return element("div", { className: "foot" }, element("span", { textContent: people }), move);
}

function drawLabels(card, removable = false) {
  return element("div", { className: "labels" }, ...card.labels.map((label) => drawLabel(card, label, removable)));
}

function drawLabel(card, label, removable) {
  // The policy of this page allows no style attributes: the colour is an attribute of a small picture.
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const dot = document.createElementNS(space, "circle");
  picture.setAttribute("viewBox", "0 0 10 10");
  picture.setAttribute("aria-hidden", "true");
  for (const [key, value] of [["cx", 5], ["cy", 5], ["r", 5], ["fill", `#${label.color}`]]) dot.setAttribute(key, value);
  picture.append(dot);
  const shown = element("span", { className: "label" }, picture, label.name);
  if (removable) {
    const remove = element("button", { type: "button", textContent: "✕", "aria-label": `Remove ${label.name}` });
    remove.addEventListener("click", () => edit({ number: card.number, unlabel: label.name }));
    shown.append(remove);
  }
  return shown;
}

function show(number) {
  opened = number;
  history.replaceState(null, "", `#${number}`);
  drawDetails(true);
  if (!find("details").open) find("details").showModal();
}

function drawDetails(fresh = false) {
  const card = cards().find((each) => each.number === opened);
  if (!card) { find("details").close(); return; }
  find("heading").textContent = `#${card.number} ${card.title}`;
  find("facts").textContent = `opened by @${card.author}` + (card.reason ? `, ${card.reason.replace("_", " ")}` : "");
  find("body").textContent = card.body;
  find("labels").replaceChildren(...drawLabels(card, true).children);
  find("comments").replaceChildren(...card.comments.map((each) => element("li", { textContent: `@${each.author}: ${each.body}` })));
  const assignee = find("assign").elements.assignee;
  if (document.activeElement !== assignee) {
    assignee.replaceChildren(new Option("nobody", ""), ...state.people.map((login) => new Option(login, login)));
    assignee.value = card.assignees[0] ?? "";
  }
  if (fresh) find("rename").elements.title.value = card.title;
}

function whenSent(id, keep = false) {
  find(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const change = Object.fromEntries(new FormData(event.target));
    if (!keep) event.target.reset();
    edit({ number: opened, ...change });
  });
}

find("create").addEventListener("submit", (event) => {
  event.preventDefault();
  edit({ new: find("title").value });
  event.target.reset();
});
whenSent("rename", true);
whenSent("label");
whenSent("comment");
find("assign").addEventListener("change", (event) => edit({ number: opened, assignee: event.target.value }));
find("assign").addEventListener("submit", (event) => event.preventDefault());
find("details").addEventListener("close", () => {
  opened = null;
  history.replaceState(null, "", location.pathname + location.search);
});
find("project").addEventListener("change", () => draw(null));

refresh().then(() => {
  const wanted = Number(location.hash.slice(1));
  if (cards().some((card) => card.number === wanted)) show(wanted);
});
setInterval(() => { if (!document.hidden && dragged === null) refresh(); }, POLL_MILLISECONDS);
