"""Validates what `daybook schema docs` has written.

usage: validate.py FOLDER     prints a line for each problem, with exit status 1, or what was validated

OpenAPI is validated with openapi-spec-validator; each event's JSON Schema against the meta-schema of 2020-12, and its
example against it. The JSON Schema that the AsyncAPI initiative publishes was found in no package on PyPI, so it is not
to be had offline: AsyncAPI is held against the rules of the specification instead, that is, which members an object
must and may have, that every reference leads somewhere, that operations name channels and messages of them, and that
examples are valid.
"""

import json
import re
import sys
from pathlib import Path

from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

folder = Path(sys.argv[1])
problems = []


def read(path):
    return json.loads(path.read_text())


def resolved(document, node):
    """What a node is, or what it refers to; None when that is nowhere."""
    while isinstance(node, dict) and "$ref" in node:
        if not node["$ref"].startswith("#/"):
            return None
        target = document
        for step in node["$ref"][2:].split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or step not in target:
                return None
            target = target[step]
        node = target
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def check(is_right, problem):
    if not is_right:
        problems.append(problem)


def check_schema(validator, schema, examples, place):
    validator.check_schema(schema)
    check(examples, f"{place}: no example")
    for example in examples:
        problems.extend(f"{place}: {error.message}" for error in validator(schema).iter_errors(example))


def check_events():
    files = sorted((folder / "schemas").glob("*/*.json"))
    check(files, "no schemas")
    for file in files:
        schema = read(file)
        check(schema.get("$schema") == Draft202012Validator.META_SCHEMA["$id"], f"{file.name}: another dialect")
        check_schema(Draft202012Validator, schema, schema.get("examples", []), file.name)
        # What is required must be: an example without it is refused.
        for name in schema.get("required", []):
            rest = {key: value for key, value in schema["examples"][0].items() if key != name}
            check(not Draft202012Validator(schema).is_valid(rest), f"{file.name}: {name} is not required")
    return len(files)


def check_openapi():
    document = read(folder / "openapi.json")
    problems.extend(f"openapi.json: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors())
    bodies = 0
    for path, item in document["paths"].items():
        for content in (o["requestBody"]["content"] for o in item.values() if "requestBody" in o):
            for media in content.values():
                if "example" in media:
                    schema = {**media["schema"], "components": document["components"]}
                    check_schema(Draft202012Validator, schema, [media["example"]], f"openapi.json: {path}")
                    bodies += 1
    check(bodies, "openapi.json: no command has an example")
    return len(document["paths"])


# What objects of AsyncAPI 3.0 must have, and what else they may have.
MEMBERS = {
    "document": ({"asyncapi", "info"}, {"id", "servers", "defaultContentType", "channels", "operations", "components"}),
    "info": (
        {"title", "version"},
        {"description", "termsOfService", "contact", "license", "tags", "externalDocs"},
    ),
    "server": (
        {"host", "protocol"},
        {"protocolVersion", "pathname", "description", "title", "summary", "variables", "security", "tags", "bindings"},
    ),
    "channel": (
        {"address", "messages"},
        {"title", "summary", "description", "servers", "parameters", "tags", "externalDocs", "bindings"},
    ),
    "parameter": (set(), {"enum", "default", "description", "examples", "location"}),
    "operation": (
        {"action", "channel"},
        {"title", "summary", "description", "security", "tags", "bindings", "traits", "messages", "reply"},
    ),
    "message": (
        {"payload"},
        {"headers", "correlationId", "contentType", "name", "title", "summary", "description", "tags", "bindings"}
        | {"examples", "traits", "externalDocs"},
    ),
    "exchange": ({"name", "type"}, {"durable", "autoDelete", "vhost"}),
}


def check_members(kind, node, place):
    required, optional = MEMBERS[kind]
    check(required <= node.keys(), f"{place}: {sorted(required - node.keys())} missing")
    check(node.keys() <= required | optional, f"{place}: {sorted(node.keys() - required - optional)} unknown")


def check_channel(document, name, channel):
    place = f"asyncapi.json: channel {name}"
    check_members("channel", channel, place)
    expressions = set(re.findall(r"\{([^}]*)\}", channel["address"]))
    check(expressions == channel.get("parameters", {}).keys(), f"{place}: parameters of another address")
    for parameter in channel.get("parameters", {}).values():
        check_members("parameter", parameter, place)
    binding = channel["bindings"]["amqp"]
    check(binding["is"] == "routingKey" and "queue" not in binding, f"{place}: not a routing key")
    check_members("exchange", binding["exchange"], place)
    for message in channel["messages"].values():
        message = resolved(document, message)
        check_members("message", message, place)
        components = {"components": document["components"]}
        Draft7Validator.check_schema({**message["headers"], **components})
        examples = [example["payload"] for example in message["examples"]]
        check_schema(Draft7Validator, {**message["payload"], **components}, examples, place)


def check_operation(document, name, operation):
    place = f"asyncapi.json: operation {name}"
    check_members("operation", operation, place)
    check(operation["action"] in ("send", "receive"), f"{place}: action {operation['action']}")
    channel = operation["channel"].get("$ref", "")
    check(re.fullmatch("#/channels/[^/]+", channel), f"{place}: refers to no channel")
    for message in operation.get("messages", []):
        check(message.get("$ref", "").startswith(f"{channel}/messages/"), f"{place}: a message of no such channel")


def check_asyncapi():
    document = read(folder / "asyncapi.json")
    check(document.get("asyncapi") == "3.0.0", "asyncapi.json: another version")
    check_members("document", document, "asyncapi.json")
    check_members("info", document["info"], "asyncapi.json: info")
    for reference in references(document):
        check(resolved(document, {"$ref": reference}) is not None, f"asyncapi.json: {reference} leads nowhere")
    for server in document["servers"].values():
        check_members("server", server, "asyncapi.json: server")
    for components in document["components"].values():
        for name in components:
            check(re.fullmatch(r"[a-zA-Z0-9.\-_]+", name), f"asyncapi.json: a component cannot be named {name}")
    for name, channel in document["channels"].items():
        check_channel(document, name, channel)
    for name, operation in document["operations"].items():
        check_operation(document, name, operation)
    sent = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    channels = {f"#/channels/{name}" for name in document["channels"]}
    check(sent == channels, "asyncapi.json: channels that nobody sends to")
    return len(document["channels"])


print(f"{check_events()} schemas, {check_asyncapi()} channels, {check_openapi()} paths")
print("\n".join(problems))
sys.exit(1 if problems else 0)
