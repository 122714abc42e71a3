// The partner's page: reads statements, disputes lines, confirms. No framework, no network beyond the API.

const byId = (id) => document.getElementById(id);
let token = null;
let labels = {};
let shown = null;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(...cells) {
  const made = element("tr");
  for (const cell of cells) made.append(cell instanceof Node ? cell : element("td", cell));
  return made;
}

const label = (list, code) => labels[list]?.[code] ?? code;
// Amounts come as text and stay text: no number of a browser touches them.
const yuan = (money) => money.amount.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");

function say(text, isBad = false) {
  byId("message").textContent = text;
  byId("message").className = isBad ? "bad" : "";
}

async function ask(path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  const wanted = body === undefined ? { headers } : {
    method: "POST", body: JSON.stringify(body),
    headers: { ...headers, "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
  };
  const answer = await fetch(path, wanted);
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const texts = { 401: "令牌无效或已过期，请重新取得。", 403: "令牌没有所需权限。" };
  throw new Error(texts[answer.status] ?? `${problem.code ?? answer.status}：${problem.detail ?? "暂时无法完成，请稍后再试。"}`);
}

async function all(path) {
  const items = [];
  for (let cursor = ""; cursor !== null;) {
    const page = await (await ask(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)).json();
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

async function showList() {
  const statements = await all("/v1/settlements");
  byId("statements").replaceChildren(...statements.reverse().map((one) => {
    const open = element("button", "查看", "plain");
    open.type = "button";
    open.addEventListener("click", () => attempt(() => show(one.id)));
    const cell = element("td");
    cell.append(open);
    return row(one.period, label("bearer", one.bearer), label("statement_status", one.status), element("td", yuan(one.payable), "number"), cell);
  }));
  if (!statements.length) byId("statements").replaceChildren(row("还没有发送给贵方的结算单"));
}

async function show(id) {
  const statement = await (await ask(`/v1/settlements/${id}`)).json();
  const lines = await all(`/v1/settlements/${id}/lines`);
  shown = { statement, lines };
  byId("statement-title").textContent = `${statement.period} 结算单（${label("bearer", statement.bearer)}）· ${label("statement_status", statement.status)}`;
  const figures = [["期初余额", "opening"], ["本期发生额", "entries_total"], ["期末余额", "closing"], ["异议暂缓支付", "held"], ["本期应付", "payable"], ["其中：不含税", "net"], ["其中：增值税", "vat"], ["结转下期", "carried"]];
  if (statement.withheld.amount !== "0.00") figures.push(["代扣代缴增值税", "withheld"]);
  byId("figures").replaceChildren(...figures.map(([name, field]) => {
    const box = element("div");
    box.append(element("dt", name), element("dd", yuan(statement[field])));
    return box;
  }));
  const isOpen = statement.status === "sent";
  byId("lines").replaceChildren(...lines.map((line) => lineRow(line, isOpen)));
  byId("digest").textContent = `数字摘要 ${statement.digest}`;
  byId("send").hidden = !isOpen;
  nameSend();
  byId("statement").hidden = false;
}

function lineRow(line, isOpen) {
  const [box, reason] = [element("input"), element("input")];
  box.type = "checkbox";
  box.dataset.id = line.id;
  box.setAttribute("aria-label", `对 ${line.business_date} 的明细提出异议`);
  // What withholds a fee or pays it after all is no line to dispute: the fee's own line is.
  box.disabled = !isOpen || ["withheld", "disputed"].includes(line.component);
  Object.assign(reason, { maxLength: 2000, disabled: true });
  reason.setAttribute("aria-label", "异议理由");
  box.addEventListener("change", () => {
    reason.disabled = !box.checked;
    reason.required = box.checked;
    nameSend();
  });
  const [first, last] = [element("td"), element("td")];
  first.append(box);
  last.append(reason);
  return row(
    first, line.business_date, label("component", line.component), label("channel_commission_entry_kind", line.kind),
    element("td", yuan(line.base), "number"), element("td", yuan(line.amount), "number"), element("td", yuan(line.vat), "number"), last,
  );
}

const disputed = () => [...byId("lines").querySelectorAll("input[type=checkbox]:checked")];

function nameSend() {
  const count = disputed().length;
  byId("send").textContent = count ? `对 ${count} 笔提出异议，确认其余明细` : "确认结算单";
}

async function send() {
  const { id, digest } = shown.statement;
  const lines = disputed().map((box) => ({ accrual_id: box.dataset.id, reason: box.closest("tr").querySelector("td:last-child input").value }));
  await (lines.length ? ask(`/v1/settlements/${id}/dispute`, { digest, lines }) : ask(`/v1/settlements/${id}/confirm`, { digest }));
  await show(id);
  await showList();
  say(lines.length ? `已提出 ${lines.length} 笔异议，其余明细已确认。` : "结算单已确认。");
}

async function download(format) {
  const answer = await ask(`/v1/settlements/${shown.statement.id}/file?format=${format}`);
  const link = element("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `结算单-${shown.statement.period}-${shown.statement.bearer}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function attempt(work) {
  say("");
  try {
    await work();
  } catch (problem) {
    say(problem instanceof TypeError ? "无法连接服务器，请稍后再试。" : problem.message, true);
  }
}

function signedIn(is) {
  byId("sign-in").hidden = is;
  byId("sign-out").hidden = !is;
  document.querySelector("main").hidden = !is;
}

async function start(given) {
  token = given;
  labels = await (await ask("/v1/code-lists")).json();
  await showList();
  signedIn(true);
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => start(byId("token").value.trim()));
});
byId("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("send").disabled = true;
  attempt(send).finally(() => { byId("send").disabled = false; });
});
byId("files").addEventListener("click", (event) => {
  const { format } = event.target.dataset;
  if (format) attempt(() => download(format));
});
byId("sign-out").addEventListener("click", () => {
  token = shown = null;
  byId("token").value = "";
  byId("statement").hidden = true;
  signedIn(false);
  say("");
});
signedIn(false);
