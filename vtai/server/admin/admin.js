// The administration page: reads the interface under /api/v1 and shows it. Asks nobody else.
const DAY_S = 86400;
const API = "/api/v1";

const by = (id) => document.getElementById(id);

const made = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

async function ask(path, options = {}) {
  const response = await fetch(API + path, { credentials: "same-origin", ...options });
  const content = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(`${content.message} ${content.hint}`);
  return content;
}

// What a part of the page says where its answer did not come; the others are shown all the same.
async function shown(id, work) {
  try {
    by(id).replaceChildren(...[await work()].flat());
  } catch (error) {
    by(id).replaceChildren(made("p", error.message, { class: "wrong" }));
  }
}

// People are ids everywhere but where they sign in.
const names = new Map();
const named = (id) => names.get(id) ?? id;

const count = (number) => number.toLocaleString("en");
// Of less than a dollar the fractions of a cent count, too.
const money = (dollars) =>
  `$${dollars.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: dollars < 1 ? 4 : 2 })}`;
const moment = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : "");

// `columns` are [title, value of a row, is it a number]. A value may be an element.
function table(columns, rows, caption) {
  if (!rows.length) return made("p", "Nothing yet.", { class: "empty" });
  // Roles by name: as cards on a phone the table would lose them.
  const head = made("tr", undefined, { role: "row" });
  for (const [title, , isNumber] of columns) {
    head.append(made("th", title, { scope: "col", role: "columnheader", ...(isNumber ? { class: "number" } : {}) }));
  }
  const body = made("tbody", undefined, { role: "rowgroup" });
  for (const row of rows) {
    const line = made("tr", undefined, { role: "row" });
    for (const [title, value, isNumber] of columns) {
      const cell = made("td", undefined, { role: "cell", "data-title": title, ...(isNumber ? { class: "number" } : {}) });
      const shown = value(row) ?? "";
      if (shown !== "") cell.append(shown);
      line.append(cell);
    }
    body.append(line);
  }
  const whole = made("table", undefined, { role: "table", ...(columns.length > 4 ? { class: "cards" } : {}) });
  if (caption) whole.append(made("caption", caption, { class: "empty" }));
  const top = made("thead", undefined, { role: "rowgroup" });
  top.append(head);
  whole.append(top, body);
  const scroll = made("div", undefined, { class: "scroll", tabindex: "0" });
  scroll.append(whole);
  return scroll;
}

// Bars of a number by day or hour, drawn here: no library is loaded for it.
function plot(title, points, shownAs) {
  const space = "http://www.w3.org/2000/svg";
  const drawn = (tag, attributes, text) => {
    const element = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text) element.textContent = text;
    return element;
  };
  const most = Math.max(...points.map((point) => point.value), 0);
  const total = points.reduce((sum, point) => sum + point.value, 0);
  const caption = made("figcaption", `${title}: ${shownAs(total)} in all, ${shownAs(most)} at most`);
  if (!most) return [made("figcaption", `${title}: nothing yet`)];
  const [width, height, foot] = [720, 130, 1];
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none" });
  svg.setAttribute("aria-label", caption.textContent);
  const step = width / points.length;
  points.forEach((point, at) => {
    const tall = ((height - foot - 4) * point.value) / most;
    const bar = drawn("rect", {
      x: at * step + step * 0.1,
      y: height - foot - tall,
      width: step * 0.8,
      height: tall,
      rx: 1,
    });
    bar.append(drawn("title", {}, `${point.label}: ${shownAs(point.value)}`));
    svg.append(bar);
  });
  svg.append(drawn("line", { x1: 0, x2: width, y1: height - foot, y2: height - foot }));
  const ends = made("div", undefined, { class: "ends" });
  ends.append(made("span", points[0].label), made("span", points.at(-1).label));
  return [svg, ends, caption];
}

const usage = (since, columns) => {
  const query = new URLSearchParams({ all: "true", since: String(since) });
  for (const column of columns) query.append("by", column);
  return ask(`/usage?${query}`).then((answer) => answer.items);
};

// Every day or hour of the span, also those in which nothing happened.
function series(items, column, since, now) {
  const stepS = column === "day" ? DAY_S : 3600;
  const known = new Map(items.map((item) => [item.of[column], item]));
  const points = [];
  for (let at = Math.floor(since / stepS) * stepS; at <= now; at += stepS) {
    const iso = new Date(at * 1000).toISOString();
    const name = column === "day" ? iso.slice(0, 10) : iso.slice(0, 13);
    const item = [...known].find(([label]) => label.replace(" ", "T").startsWith(name))?.[1];
    points.push({ label: column === "day" ? name : `${name.replace("T", " ")}:00`, item });
  }
  return points;
}

async function showUse(days) {
  const now = Date.now() / 1000;
  const since = now - days * DAY_S;
  const column = days > 1 ? "day" : "hour";
  const [whole] = await usage(since, []);
  const sums = whole ?? { turns: 0, failed: 0, input_tokens: 0, output_tokens: 0, cost_usd: 0 };
  const numbers = [
    ["Turns", count(sums.turns)],
    ["Failed", count(sums.failed)],
    ["Tokens in", count(sums.input_tokens)],
    ["Tokens out", count(sums.output_tokens)],
    ["Cost, where known", money(sums.cost_usd)],
  ];
  by("sums").replaceChildren(
    ...numbers.map(([label, text]) => {
      const box = made("div", label);
      box.append(made("strong", text));
      return box;
    }),
  );
  const points = series(await usage(since, [column]), column, since, now);
  const valued = (value) => points.map((point) => ({ label: point.label, value: point.item ? value(point.item) : 0 }));
  by("plot-turns").replaceChildren(...plot("Turns", valued((item) => item.turns), count));
  by("plot-cost").replaceChildren(...plot("Cost", valued((item) => item.cost_usd), money));
  for (const what of ["person", "route", "model"]) {
    await shown(`by-${what}`, async () => [
      made("h3", `By ${what}`),
      table(
        [
          [what, (row) => (what === "person" ? named(row.of[what]) : row.of[what] || "none")],
          ["turns", (row) => count(row.turns), true],
          ["tokens", (row) => count(row.input_tokens + row.output_tokens), true],
          ["cost", (row) => money(row.cost_usd), true],
        ],
        (await usage(since, [what])).slice(0, 50),
      ),
    ]);
  }
}

async function health() {
  const items = await usage(Date.now() / 1000 - 3600, ["model"]);
  const state = (row) => {
    const isBad = row.failed > row.turns / 10;
    return made("span", isBad ? "failing" : "good", { class: isBad ? "bad" : "good" });
  };
  return table(
    [
      ["model", (row) => row.of.model || "none answered"],
      ["state", state],
      ["turns", (row) => count(row.turns), true],
      ["failed", (row) => count(row.failed), true],
      ["seconds a turn", (row) => (row.turns ? (row.seconds / row.turns).toFixed(1) : ""), true],
    ],
    items,
  );
}

// A button that asks first, and shows the part anew.
function remover(label, question, path, method, after) {
  const button = made("button", label, { type: "button" });
  button.addEventListener("click", async () => {
    if (!window.confirm(question)) return;
    button.disabled = true;
    try {
      await ask(path, { method });
      await after();
    } catch (error) {
      button.replaceWith(made("span", error.message, { class: "wrong" }));
    }
  });
  return button;
}

async function errors() {
  const reference = by("reference").value.trim();
  const { items } = await ask(`/errors${reference ? `?reference=${encodeURIComponent(reference)}` : ""}`);
  return table(
    [
      ["when", (row) => moment(row.at)],
      ["reference", (row) => row.reference],
      ["what happened", (row) => row.message],
      ["route", (row) => row.route],
      ["person", (row) => named(row.person)],
    ],
    items,
  );
}

async function people() {
  const { items } = await ask("/people");
  return table(
    [
      ["name", (row) => row.name],
      ["role", (row) => row.role],
      ["group", (row) => row.group],
      ["state", (row) => (row.is_suspended ? made("span", "suspended", { class: "bad" }) : "active")],
      ["since", (row) => moment(row.made_at)],
    ],
    items,
  );
}

async function sessions() {
  const { items } = await ask("/sessions?all=true");
  return table(
    [
      ["person", (row) => named(row.person)],
      ["browser", (row) => made("span", row.browser, { title: row.agent })],
      ["address", (row) => row.address],
      ["last seen", (row) => moment(row.seen_at)],
      ["", (row) => remover("Sign out", "End this session?", `/sessions/${row.id}`, "DELETE", () => shown("sessions", sessions))],
    ],
    items,
  );
}

async function keys() {
  const { items } = await ask("/keys?all=true");
  return table(
    [
      ["name", (row) => row.name],
      ["person", (row) => named(row.person)],
      ["begins", (row) => row.start],
      ["may", (row) => row.scopes.join(", ")],
      ["last used", (row) => moment(row.used_at)],
      ["ends", (row) => (row.is_revoked ? "revoked" : moment(row.expires_at))],
      [
        "",
        (row) =>
          row.is_revoked ? "" : remover("Revoke", "Revoke this key?", `/keys/${row.id}`, "DELETE", () => shown("keys", keys)),
      ],
    ],
    items,
  );
}

async function limits() {
  const { items } = await ask("/limits");
  return table(
    [
      ["for", (row) => row.whom],
      ["most", (row) => `${row.what === "usd" ? money(row.most) : `${count(row.most)} ${row.what}`} a ${row.per}`],
      ["only", (row) => row.route ?? row.model ?? ""],
      ["then", (row) => (row.then === "downgrade" ? `${row.to} answers` : "stop")],
    ],
    items,
  );
}

async function corrections() {
  const answer = await ask("/corrections");
  return table(
    [
      ["when", (row) => moment(row.at)],
      ["message", (row) => row.text.slice(0, 120)],
      ["went to", (row) => row.wrong],
      ["belongs to", (row) => row.right],
      ["counts for", (row) => (row.is_shared ? "everybody" : "one person")],
    ],
    answer.items ?? answer.corrections ?? [],
  );
}

async function parts() {
  const ready = await fetch("/health/ready").then((response) => response.json());
  return Object.entries(ready.parts).map(([name, state]) =>
    made("li", `${name}: ${state}`, { class: state === "ready" ? "good" : "bad" }),
  );
}

async function load() {
  const state = by("state");
  state.textContent = "Loading ...";
  try {
    for (const person of (await ask("/people")).items) names.set(person.id, person.name);
    await showUse(Number(by("span").value));
  } catch (error) {
    state.textContent = error.message;
    state.className = "wrong";
    return;
  }
  by("main").hidden = false;
  const works = { parts, health, errors, people, sessions, keys, limits, corrections };
  await Promise.all(Object.entries(works).map(([id, work]) => shown(id, work)));
  state.textContent = `As of ${new Date().toLocaleTimeString()}`;
  state.className = "";
}

by("reload").addEventListener("click", load);
by("span").addEventListener("change", load);
by("reference").addEventListener("change", () => shown("errors", errors));
load();
