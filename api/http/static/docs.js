"use strict";
// Draws /openapi.json. Everything is set as text, never as HTML.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(api, schema) {
  if (!schema || !schema.$ref) return schema || {};
  return schema.$ref.split("/").slice(1).reduce((value, part) => value[part], api);
}

function shortName(api, schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const options = schema.anyOf || schema.oneOf;
  if (options) return options.map((option) => shortName(api, option)).join(" | ");
  if (schema.type === "array") return "[" + shortName(api, schema.items) + "]";
  return schema.format ? `${schema.type} (${schema.format})` : schema.type || "any";
}

function example(api, given, depth = 0) {
  const schema = resolve(api, given);
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const options = schema.anyOf || schema.oneOf;
  if (options) return example(api, options[0], depth);
  if (schema.type === "object" && schema.properties && depth < 4) {
    const required = schema.required || [];
    const shown = Object.entries(schema.properties).filter(([name]) => required.includes(name));
    return Object.fromEntries(shown.map(([name, part]) => [name, example(api, part, depth + 1)]));
  }
  return { object: {}, array: [], integer: 1, number: 1, boolean: true }[schema.type] ?? "";
}

function fieldTable(api, given, seen = []) {
  const schema = resolve(api, given);
  const table = element("table");
  for (const [name, part] of Object.entries(schema.properties || {})) {
    const needed = (schema.required || []).includes(name) ? "required" : "";
    const about = part.description || resolve(api, part).description || "";
    table.append(element("tr", {},
      element("td", {}, element("code", {}, name)),
      element("td", {}, shortName(api, part)),
      element("td", {}, needed),
      element("td", {}, about)));
  }
  return table;
}

function parameterInputs(operation) {
  const table = element("table");
  const inputs = [];
  for (const parameter of operation.parameters || []) {
    const input = element("input", { "aria-label": parameter.name });
    inputs.push([parameter, input]);
    table.append(element("tr", {},
      element("td", {}, element("code", {}, parameter.name), ` (${parameter.in})`),
      element("td", {}, input),
      element("td", {}, parameter.required ? "required" : ""),
      element("td", {}, parameter.description || "")));
  }
  return [table, inputs];
}

async function send(method, path, inputs, body, shown) {
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const [parameter, input] of inputs) {
    if (!input.value) continue;
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    if (parameter.in === "query") query.append(parameter.name, input.value);
    if (parameter.in === "header") headers[parameter.name] = input.value;
  }
  const key = document.getElementById("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  const options = { method: method.toUpperCase(), headers };
  if (body && body.files) {
    options.body = new FormData(body.form);
    for (const name of [...options.body.keys()]) if (options.body.get(name) === "") options.body.delete(name);
  } else if (body && body.value) {
    headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  shown.textContent = "…";
  try {
    const answer = await fetch(query.size ? `${address}?${query}` : address, options);
    const text = await answer.text();
    shown.textContent = `${answer.status} ${answer.statusText}\n\n${text.slice(0, 100000)}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

function bodyPart(api, operation, box) {
  const content = (operation.requestBody || {}).content || {};
  if (content["multipart/form-data"]) {
    const schema = content["multipart/form-data"].schema;
    const form = element("form");
    for (const [name, part] of Object.entries(schema.properties)) {
      const kind = part.format === "binary" ? "file" : part.format === "password" ? "password" : "text";
      form.append(element("p", {}, element("label", {}, `${name} `, element("input", { name, type: kind })),
        ` ${part.description || ""}`));
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    box.append(element("h4", {}, "Form"), form);
    return { files: true, form };
  }
  const json = content["application/json"];
  if (!json) return null;
  const area = element("textarea", { "aria-label": "body", spellcheck: "false" });
  area.value = JSON.stringify(example(api, json.schema), null, 2);
  box.append(element("h4", {}, "Body"), fieldTable(api, json.schema), area);
  return area;
}

function answers(api, operation) {
  const table = element("table");
  for (const [status, answer] of Object.entries(operation.responses)) {
    const kinds = Object.entries(answer.content || {});
    const shown = kinds.map(([kind, part]) => `${kind} ${shortName(api, part.schema)}`).join(", ");
    table.append(element("tr", {},
      element("td", {}, status), element("td", {}, answer.description || ""), element("td", {}, shown)));
  }
  return table;
}

function operationBox(api, method, path, operation) {
  const box = element("details", { id: operation.operationId });
  box.append(element("summary", {},
    element("span", { class: `method ${method}` }, method.toUpperCase()), path,
    element("span", { class: "about" }, operation.summary || "")));
  const filled = () => {
    box.append(element("p", {}, operation.description || ""));
    const [table, inputs] = parameterInputs(operation);
    if (inputs.length) box.append(element("h4", {}, "Parameters"), table);
    const body = bodyPart(api, operation, box);
    const button = element("button", { type: "button" }, "Send");
    const shown = element("pre", {}, "");
    button.addEventListener("click", () => send(method, path, inputs, body, shown));
    box.append(element("h4", {}, "Answers"), answers(api, operation), button, shown);
  };
  box.addEventListener("toggle", filled, { once: true });
  return box;
}

async function draw() {
  const api = await (await fetch("/openapi.json")).json();
  const main = document.getElementById("operations");
  const nouns = new Map();
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => operations[name])) {
      const noun = (operations[method].tags || ["other"])[0];
      if (!nouns.has(noun)) nouns.set(noun, []);
      nouns.get(noun).push(operationBox(api, method, path, operations[method]));
    }
  }
  main.replaceChildren();
  for (const [noun, boxes] of nouns) {
    document.getElementById("nouns").append(element("a", { href: `#${noun}` }, noun));
    main.append(element("h2", { id: noun }, noun), ...boxes);
  }
}

draw();
