// Reads an AsyncAPI document from standard input and prints the parser's complaints as JSON.
// The parser comes as its one-file build, which is made for browsers and looks for their global object.
globalThis.self = globalThis;
const Parser = require(process.argv[2]);
const document = require("node:fs").readFileSync(0, "utf8");
new Parser().validate(document).then((complaints) => {
  const told = complaints.map(({ message, path }) => `${path.join("/")}: ${message}`);
  console.log(JSON.stringify(told));
});
