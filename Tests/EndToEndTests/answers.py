"""Asks running daemons at every route of the OpenAPI document, and holds their answers against it.

usage: answers.py OPENAPI WRITER WORKER…     prints a line for each problem, with exit status 1

Each route is asked of the daemons that may serve it until one does. First come all that only read, and last those that
destroy something.
"""

import json
import sys
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator

document = json.load(open(sys.argv[1]))
writer, workers = sys.argv[2], sys.argv[3:]
places = {"id": "ada", "stream": "user-ada", "source": "users-writer", "name": "users", "partition": "3"}


def ask(method, url, body, kind="application/json"):
    headers = {"Content-Type": kind} if body else {}
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def values(kind, body):
    if kind == "application/x-ndjson":
        return [json.loads(line) for line in body.splitlines()]
    return [json.loads(body)] if kind.endswith("json") else [body.decode()]


def problem(operation, status, kind, body):
    """What is wrong with an answer, if anything is."""
    response = operation["responses"].get(str(status))
    if response is None:
        return f"status {status} is not described"
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    media = response.get("content", {}).get(kind)
    if media is None:
        return f"{kind} of status {status} is not described"
    validator = Draft202012Validator({**media["schema"], "components": document["components"]})
    return next((error.message for value in values(kind, body) for error in validator.iter_errors(value)), None)


def try_route(method, path, operation):
    url = path
    for name, value in places.items():
        url = url.replace("{" + name + "}", value)
    contents = operation.get("requestBody", {}).get("content", {})
    given, content = next(iter(contents.items()), ("application/json", {}))
    body = json.dumps(content.get("example", {})).encode() if method == "post" else None
    for daemon in workers if operation["tags"] == ["worker"] else [writer]:
        status, kind, answer = ask(method.upper(), daemon + url, body, given)
        if status != 405 and b"no-such-route" not in answer:
            found = problem(operation, status, kind, answer)
            if b"unknown-parameter" not in ask(method.upper(), f"{daemon}{url}?emial=x", body)[2]:
                found = found or "a parameter that it does not know is not refused"
            return status, found and f"{method} {url}: {found}: {answer[:300].decode()}"
    return 0, f"{method} {url}: nobody serves it"


routes = [
    (method, path, operation)
    for path, item in document["paths"].items()
    for method, operation in item.items()
    if method != "servers"
]
methods = ["get", "post", "delete"]
results = [try_route(*route) for route in sorted(routes, key=lambda route: (methods.index(route[0]), route[1]))]
problems = [problem for _, problem in results if problem]
print(f"{len(routes)} routes, {sum(status == 200 for status, _ in results)} of them answered with 200")
print("\n".join(problems))
sys.exit(1 if problems else 0)
