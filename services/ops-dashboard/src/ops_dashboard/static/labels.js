// How things are called and written: codes by the house's own lists, money, moments, and what an event says.

const OWN = {
  risk_level_of_leaving: { low: "低", medium: "中", high: "高" },
  service: {
    "client-profile": "客户档案", "interaction-log": "客户联系", complaints: "投诉与预警", "channel-commission": "渠道费用", "ops-dashboard": "运营总览",
  },
};
// Which list the codes of an event's field come from, by aggregate and field.
const LIST_OF = {
  "complaint.level": "level", "complaint.reason": "reason", "complaint.root_cause": "root_cause",
  "risk.level": "risk_level_of_leaving", "risk.reasons": "risk_reason",
  "follow_up.reason": "follow_up_reason", "interaction.kind": "interaction_kind", "interaction.direction": "interaction_direction",
  "settlement.bearer": "bearer", "accrual.bearer": "bearer", "channel.bearer": "bearer", "channel.kind": "channel_kind",
  "client.kind": "client_kind", "client.service_class": "service_class", "client.risk_level": "risk_level", "client.reason": "suspension_reason",
  "product.kind": "product_kind", "product.grade": "grade",
};
// Fields that tell something to who watches, and what they are called; ids, digests and versions are left to the API.
const FIELDS = {
  level: "等级", score: "分值", reasons: "原因", reason: "原因", root_cause: "根本原因", received_on: "受理日", due_on: "到期日", limit_days: "期限（天）",
  informed_on: "告知日", is_in_time: "按期", is_upheld: "投诉属实", compensation: "补偿", kind: "类型", direction: "方向", is_reached: "已联系上",
  amount: "金额", total: "合计", statements: "结算单", period: "账期", earned_period: "归属月份", booked_period: "入账月份", bearer: "承担方",
  service_class: "服务等级", risk_level: "风险承受能力", grade: "风险等级", is_qualified: "合格投资者", valid_until: "有效期至", valid_to: "有效期至", days_left: "剩余天数",
  confirmation_number: "确认编号", share_class: "份额类别", units: "份额", confirmed_on: "确认日", is_full: "全部赎回", changed: "变更字段",
};

let lists = OWN;

export function loadLabels(found) { lists = { ...found, ...OWN }; }

export const label = (list, code) => lists[list]?.[code] ?? code;

export const byId = (id) => document.getElementById(id);

export function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function fill(id, rows, columns, empty) {
  byId(id).replaceChildren(...rows);
  if (rows.length) return;
  const line = element("tr", undefined, "empty"), cell = element("td", empty);
  cell.colSpan = columns;
  line.append(cell);
  byId(id).append(line);
}

// The end of an id tells two apart; the whole stands in the title and is copied from there.
export function idCell(id) {
  const cell = element("td"), code = element("code", `…${id.slice(-8)}`);
  code.title = id;
  cell.append(code);
  return cell;
}

// As text, so that no fen is lost on the way through a binary number.
export function yuan(money) {
  const [, sign, whole, fen] = /^(-?)(\d+)\.?(\d*)$/.exec(money.amount);
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fen.padEnd(2, "0")}`;
}

const MOMENT = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

export const moment = (text) => MOMENT.format(new Date(text)).replaceAll("/", "-");

function told(value, list) {
  if (Array.isArray(value)) return value.map((one) => told(one, list)).join("、");
  if (value?.amount !== undefined) return `${yuan(value)} 元`;
  if (typeof value === "boolean") return value ? "是" : "否";
  return String(list ? label(list, value) : value);
}

// What an event says, in words; its ids are in the title.
export function facts(entry) {
  const aggregate = entry.type.split(".")[1];
  const known = Object.entries(FIELDS).filter(([name]) => entry.data[name] !== null && entry.data[name] !== undefined);
  const cell = element("td", known.map(([name, text]) => `${text}：${told(entry.data[name], LIST_OF[`${aggregate}.${name}`])}`).join("　"));
  cell.title = `${entry.type}\n${JSON.stringify(entry.data, null, 1)}`;
  return cell;
}
