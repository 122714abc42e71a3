// The operations page: asks the API for the picture, then follows the live feed. No framework, no network beyond the API.

import { followFeed } from "/operations/feed.js";
import { byId, element, facts, fill, idCell, label, loadLabels, moment, yuan } from "/operations/labels.js";

const FEED_ROWS = 200;
const RELOAD_AFTER_MS = 1500;
const RELOAD_EVERY_MS = 15_000;

class SignedOut extends Error {}
class NotAllowed extends Error {}

// What belongs to one sign-in; all of it ends with it.
let session = null;

async function ask(path, { headers = {}, signal } = {}) {
  const answer = await fetch(path, { headers: { ...headers, Authorization: `Bearer ${session.token}` }, signal: signal ?? session.stop.signal });
  if (answer.status === 401) throw new SignedOut();
  if (answer.status === 403) throw new NotAllowed();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

const get = async (path) => (await ask(path)).json();

function connection(state, text) {
  byId("connection").dataset.state = state;
  byId("connection").textContent = text;
}

function row(...cells) {
  const made = element("tr");
  for (const cell of cells) made.append(cell instanceof Node ? cell : element("td", cell));
  return made;
}

function showDue(due) {
  session.today = due.as_of;
  byId("today").textContent = `业务日期 ${due.as_of}`;
  const figures = [
    ["办理中投诉", due.complaints_open], ["已超期投诉", due.complaints_overdue, true], ["今日到期投诉", due.complaints_due_today],
    ["三日内到期投诉", due.complaints_due_in_3_days], ["待跟进", due.follow_ups_open], ["今日到期跟进", due.follow_ups_due_today],
    ["逾期跟进", due.follow_ups_overdue, true],
  ];
  byId("due").replaceChildren(...figures.map(([name, value, alarms]) => {
    const box = element("div", undefined, alarms && value ? "alarm" : "");
    box.append(element("dt", name), element("dd", value.toLocaleString("zh-CN")));
    return box;
  }));
}

const dueCell = (day) => element("td", day, session.today && day < session.today ? "overdue" : "day");

function showComplaints(page) {
  fill("complaints", page.items.map((one) => row(
    dueCell(one.due_on), label("level", one.level), label("reason", one.reason), label("case_status", one.status), idCell(one.complaint_id),
  )), 5, "没有办理中的投诉");
}

function showFollowUps(page) {
  fill("follow-ups", page.items.map((one) => row(
    dueCell(one.due_on), label("follow_up_reason", one.reason), one.assignee_id ? "已指派" : element("td", "未指派", "overdue"), idCell(one.client_id),
  )), 4, "没有待跟进的客户");
}

function showAtRisk(page) {
  fill("at-risk", page.items.map((one) => row(
    element("td", label("risk_level_of_leaving", one.level), `level-${one.level}`), element("td", String(one.score), "number"),
    one.reasons.map((code) => label("risk_reason", code)).join("、"), element("td", moment(one.flagged_at).slice(0, 10), "day"), idCell(one.client_id),
  )), 5, "目前没有预警客户");
}

function showPeriods(periods) {
  const rows = periods.flatMap((one) => {
    const sums = one.by_status.length ? one.by_status : [null];
    return sums.map((sum) => row(
      one.period, label("period_status", one.status),
      sum ? `${label("statement_status", sum.status)} ${sum.statements} 份` : "尚无结算单", element("td", sum ? yuan(sum.amount) : "—", "number"),
    ));
  });
  fill("periods", rows, 4, "还没有账期");
}

function showFlow(flow) {
  fill("services", flow.services.map((one) => {
    const waiting = one.waiting === null ? "未知" : one.waiting.toLocaleString("zh-CN");
    return row(
      label("service", one.service), element("td", one.events_last_hour.toLocaleString("zh-CN"), "number"),
      element("td", one.events_total.toLocaleString("zh-CN"), "number"), element("td", waiting, one.waiting > 0 ? "number waiting" : "number"),
    );
  }), 4, "");
  const now = new Date(flow.as_of).getTime();
  const most = Math.max(0, ...flow.last_minutes.map((one) => one.events));
  byId("minutes").replaceChildren(...flow.last_minutes.map((one) => {
    const ago = Math.floor((now - new Date(one.minute).getTime()) / 60_000);
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const height = Math.max(1, (one.events / most) * 56);
    for (const [name, value] of Object.entries({ x: (29 - ago) * 10 + 1, y: 60 - height, width: 8, height })) bar.setAttribute(name, value);
    return bar;
  }));
  byId("minutes-caption").textContent = most ? `近 30 分钟每分钟事件数（最高 ${most.toLocaleString("zh-CN")}）` : "近 30 分钟没有事件";
}

// Each panel by itself: who may not see one sees the others, and one that fails keeps what it showed.
const PANELS = [
  ["due-panel", "/v1/operations/due", showDue],
  ["complaints-panel", "/v1/operations/complaints?limit=8", showComplaints],
  ["follow-ups-panel", "/v1/operations/follow-ups?limit=8", showFollowUps],
  ["risk-panel", "/v1/operations/clients-at-risk?limit=12", showAtRisk],
  ["settlement-panel", "/v1/operations/periods", showPeriods],
  ["flow-panel", "/v1/operations/flow", showFlow],
];

function panelProblem(id, text) {
  const place = byId(id).querySelector(".problem");
  place.textContent = text;
  place.hidden = !text;
}

async function showPanel([id, path, show]) {
  const mine = session;
  if (mine.denied.has(id)) return;
  try {
    const found = await get(path);
    if (session !== mine) return;
    show(found);
    panelProblem(id, "");
  } catch (problem) {
    if (session !== mine) return;
    if (problem instanceof SignedOut) return signOut("登录已失效，请重新登录。");
    if (problem instanceof NotAllowed) return deny(id);
    panelProblem(id, "数据暂时无法读取，稍后自动重试。");
  }
  byId(id).hidden = false;
}

function deny(id) {
  session.denied.add(id);
  if (session.denied.size > PANELS.length) signOut("该岗位无权查看运营总览。");
}

async function showPicture() {
  // The day comes first: it says what is overdue.
  await showPanel(PANELS[0]);
  if (session) await Promise.all(PANELS.slice(1).map(showPanel));
}

function showEntry(entry, isNew) {
  const made = row(element("td", String(entry.seq), "number"), element("td", moment(entry.occurred_at), "day"), entry.title, facts(entry));
  if (isNew) made.className = "new";
  byId("feed").querySelector(".empty")?.remove();
  byId("feed").prepend(made);
  while (byId("feed").children.length > FEED_ROWS) byId("feed").lastChild.remove();
}

function reloadSoon() {
  const mine = session;
  mine.reload ??= setTimeout(() => { mine.reload = null; if (session === mine) showPicture(); }, RELOAD_AFTER_MS);
}

const feedEvents = {
  async picture() {
    const page = await get("/v1/feed/entries?limit=50");
    fill("feed", [], 4, "还没有事件");
    for (const entry of [...page.items].reverse()) showEntry(entry, false);
    byId("feed-panel").hidden = false;
    return page.items[0]?.seq ?? null;
  },
  entry(entry) { showEntry(entry, true); reloadSoon(); },
  live() { connection("live", "实时"); panelProblem("feed-panel", ""); },
  isFinal: (problem) => problem instanceof SignedOut || problem instanceof NotAllowed,
  lost() { connection("waiting", "连接中断，正在重连"); },
};

async function follow(mine) {
  try {
    await followFeed(ask, feedEvents, mine.stop.signal);
  } catch (problem) {
    if (session !== mine) return;
    if (problem instanceof SignedOut) signOut("登录已失效，请重新登录。");
    else {
      connection("off", "无实时事件权限");
      deny("feed-panel");
    }
  }
}

async function start(token) {
  const mine = session = { token, stop: new AbortController(), denied: new Set(), reload: null, today: null };
  sessionStorage.setItem("token", token);
  byId("sign-in").hidden = true;
  byId("sign-out").hidden = false;
  document.querySelector("main").hidden = false;
  for (const panel of document.querySelectorAll("section")) panel.hidden = true;
  connection("waiting", "正在连接");
  await get("/v1/code-lists").then(loadLabels, () => {});
  if (session !== mine) return;
  follow(mine);
  await showPicture();
  const timer = setInterval(() => (session === mine ? showPicture() : clearInterval(timer)), RELOAD_EVERY_MS);
}

function signOut(text) {
  session?.stop.abort();
  session = null;
  sessionStorage.removeItem("token");
  document.querySelector("main").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("today").textContent = "";
  byId("sign-in-problem").textContent = text;
  connection("off", "未连接");
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ staff_number: byId("staff-number").value });
  try {
    const answer = await fetch("/dev/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) await start(found.access_token);
    else byId("sign-in-problem").textContent = answer.status === 404 ? "没有这个工号，或此环境不支持工号登录。" : "登录失败，请稍后再试。";
  } catch {
    byId("sign-in-problem").textContent = "无法连接服务器，请稍后再试。";
  }
});
byId("sign-out").addEventListener("click", () => signOut(""));

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) history.replaceState(null, "", location.pathname);
const token = given ?? sessionStorage.getItem("token");
if (token) start(token);
else signOut("");
