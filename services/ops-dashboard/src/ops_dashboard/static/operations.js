// The operations page: asks the API for the picture, then follows the live feed. No framework, no network beyond the API.

const FEED_ROWS = 200;
const RELOAD_AFTER_MS = 1500;
const STALE_AFTER_MS = 45_000;

const CASE_STATUS = { open: "处理中", decided: "已作出处理决定" };
const CASE_LEVEL = { ordinary: "一般", complicated: "复杂", major: "重大" };
const RISK_LEVEL = { low: "低", medium: "中", high: "高" };
const PERIOD_STATUS = { open: "未关账", closed: "已关账" };
const STATEMENT_STATUS = {
  calculated: "已计算", checked: "已复核", sent: "已发送", disputed: "有异议", confirmed: "渠道已确认",
  invoiced: "已开票", payment_approved: "付款已审批", paid: "已支付",
};

let token = null;
let labels = {};
let lastSeq = null;

const byId = (id) => document.getElementById(id);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function row(...cells) {
  const made = element("tr");
  for (const cell of cells) made.append(cell instanceof Node ? cell : element("td", cell));
  return made;
}

function fill(id, rows, columns, empty) {
  const body = byId(id);
  body.replaceChildren(...rows);
  if (!rows.length) {
    const cell = element("td", empty);
    cell.colSpan = columns;
    body.append(row(cell));
  }
}

function shortId(id) {
  const cell = element("td");
  cell.append(element("code", id));
  return cell;
}

const yuan = (money) => Number(money.amount).toLocaleString("zh-CN", { minimumFractionDigits: 2 });
const moment = (text) => new Date(text).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });

function connection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection").textContent = text;
}

async function get(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  if (answer.status === 401) return signOut("登录已失效，请重新登录。");
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function showDue(due) {
  const figures = [
    ["处理中投诉", due.complaints_open], ["已超期投诉", due.complaints_overdue, true], ["今日到期", due.complaints_due_today],
    ["三日内到期", due.complaints_due_in_3_days], ["待跟进", due.follow_ups_open], ["逾期跟进", due.follow_ups_overdue, true],
  ];
  byId("due").replaceChildren(...figures.map(([name, value, alarms]) => {
    const box = element("div", undefined, alarms && value ? "alarm" : "");
    box.append(element("dt", name), element("dd", String(value)));
    return box;
  }));
  return due.as_of;
}

function showComplaints(page, today) {
  fill("complaints", page.items.map((one) => row(
    element("td", one.due_on, one.due_on < today ? "overdue" : ""),
    CASE_LEVEL[one.level] ?? one.level, CASE_STATUS[one.status] ?? one.status, shortId(one.complaint_id),
  )), 4, "没有处理中的投诉");
}

function showAtRisk(page) {
  fill("at-risk", page.items.map((one) => row(
    element("td", RISK_LEVEL[one.level] ?? one.level, `level-${one.level}`), element("td", String(one.score), "number"),
    one.reasons.map((code) => labels[code] ?? code).join("、"), shortId(one.client_id),
  )), 4, "目前没有预警客户");
}

function showPeriods(periods) {
  const rows = periods.flatMap((one) => {
    const sums = one.by_status.length ? one.by_status : [{ status: null, statements: 0, amount: { amount: "0" } }];
    return sums.map((sum) => row(
      one.period, PERIOD_STATUS[one.status] ?? one.status,
      sum.status ? `${STATEMENT_STATUS[sum.status] ?? sum.status} ${sum.statements} 份` : "—", element("td", yuan(sum.amount), "number"),
    ));
  });
  fill("periods", rows, 4, "还没有账期");
}

function showFlow(flow) {
  fill("services", flow.services.map((one) => row(
    one.service, element("td", one.events_last_hour.toLocaleString(), "number"),
    element("td", one.events_total.toLocaleString(), "number"),
    element("td", one.waiting === null ? "未知" : one.waiting.toLocaleString(), "number"),
  )), 4, "");
  const now = new Date(flow.as_of).getTime();
  const most = Math.max(1, ...flow.last_minutes.map((one) => one.events));
  byId("minutes").replaceChildren(...flow.last_minutes.map((one) => {
    const ago = Math.floor((now - new Date(one.minute).getTime()) / 60_000);
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const height = Math.max(1, (one.events / most) * 56);
    for (const [name, value] of Object.entries({ x: (29 - ago) * 10 + 1, y: 60 - height, width: 8, height })) bar.setAttribute(name, value);
    return bar;
  }));
  byId("minutes-caption").textContent = `近 30 分钟每分钟事件数（最高 ${most}）`;
}

async function showPicture() {
  const [due, complaints, atRisk, periods, flow] = await Promise.all([
    get("/v1/operations/due"), get("/v1/operations/complaints?limit=8"), get("/v1/operations/clients-at-risk?limit=12"),
    get("/v1/operations/periods"), get("/v1/operations/flow"),
  ]);
  if (!token) return;
  showComplaints(complaints, showDue(due));
  showAtRisk(atRisk);
  showPeriods(periods);
  showFlow(flow);
}

function showEntry(entry, isNew) {
  const content = element("td");
  const facts = Object.entries(entry.data).filter(([, value]) => value !== null && !/^[0-9a-f]{8}-/.test(String(value)));
  content.append(element("code", facts.map(([name, value]) => `${name}=${value?.amount ?? JSON.stringify(value)}`).join("  ")));
  const made = row(element("td", String(entry.seq), "number"), moment(entry.occurred_at), entry.type.replace(/\.v\d+$/, ""), content);
  if (isNew) made.className = "new";
  byId("feed").prepend(made);
  while (byId("feed").children.length > FEED_ROWS) byId("feed").lastChild.remove();
  lastSeq = entry.seq;
}

async function showNewest() {
  const page = await get("/v1/feed/entries?limit=50");
  if (!page) return;
  byId("feed").replaceChildren();
  for (const entry of page.items.reverse()) showEntry(entry, false);
  lastSeq ??= 0;
}

let reload = null;
function reloadSoon() {
  reload ??= setTimeout(() => { reload = null; showPicture().catch(console.error); }, RELOAD_AFTER_MS);
}

// fetch instead of EventSource, which cannot send the token.
async function follow() {
  const headers = { Authorization: `Bearer ${token}` };
  if (lastSeq !== null) headers["Last-Event-ID"] = String(lastSeq);
  const stop = new AbortController();
  let stale = null;
  const alive = () => { clearTimeout(stale); stale = setTimeout(() => stop.abort(), STALE_AFTER_MS); };
  const answer = await fetch("/v1/feed", { headers, signal: stop.signal });
  if (answer.status === 401) return signOut("登录已失效，请重新登录。");
  if (!answer.ok) throw new Error(`feed: ${answer.status}`);
  connection("live", "实时");
  alive();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      alive();
      const frames = (rest + part.value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) take(frame);
    }
  } finally {
    clearTimeout(stale);
  }
}

function take(frame) {
  const fields = Object.fromEntries(frame.split("\n").map((line) => line.split(/:\s?(.*)/s).slice(0, 2)));
  if (fields.event === "reset") lastSeq = null;
  if (fields.event !== "entry") return;
  showEntry(JSON.parse(fields.data), true);
  reloadSoon();
}

async function followForever() {
  let pause = 500;
  while (token) {
    try {
      if (lastSeq === null) await showNewest();
      await follow();
      pause = 500;
    } catch (problem) {
      console.warn(problem);
      pause = Math.min(pause * 2, 10_000);
    }
    if (token) connection("waiting", "连接中断，正在重连");
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function readLabels() {
  const lists = await get("/v1/code-lists").catch(() => ({}));
  labels = Object.assign({}, ...Object.values(lists ?? {}));
}

async function start() {
  byId("sign-in").hidden = true;
  document.querySelector("main").hidden = false;
  await readLabels();
  await showPicture();
  setInterval(() => token && showPicture().catch(console.error), 15_000);
  followForever();
}

function signOut(problem) {
  token = null;
  sessionStorage.removeItem("token");
  document.querySelector("main").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-problem").textContent = problem;
  connection("off", "未连接");
  return null;
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ staff_number: byId("staff-number").value });
  const answer = await fetch("/dev/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    byId("sign-in-problem").textContent = problem.detail ?? "登录失败。";
    return;
  }
  token = (await answer.json()).access_token;
  sessionStorage.setItem("token", token);
  start().catch(console.error);
});

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}
token = sessionStorage.getItem("token");
if (token) start().catch(console.error);
else signOut("");
