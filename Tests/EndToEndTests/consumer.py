"""A consumer in another language: reads integration events as any other system would.

usage: consumer.py URL EXPECTED ASYNCAPI     ends when EXPECTED different events have come, or after 60 s
Prints "ready" once it is bound, then a JSON summary. Exit status 1 when anything is wrong with an event, or when it is
not as the AsyncAPI document says.
"""

import json
import sys
import time

import pika
from cloudevents.core.bindings.amqp import AMQPMessage, from_amqp
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft7Validator

from order import Order

url, expected, document = sys.argv[1], int(sys.argv[2]), json.load(open(sys.argv[3]))


def described(part, event_type):
    """A validator of the headers or the payload of a type."""
    message = document["components"]["messages"][event_type]
    return Draft7Validator({**message[part], "components": document["components"]})


connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.exchange_declare("daybook.events", "topic", durable=True)
queue = channel.queue_declare("", exclusive=True).method.queue
channel.queue_bind(queue, "daybook.events", "*.user.#")
print("ready", flush=True)

order = Order()
ids, types, problems = set(), {}, []
deadline = time.monotonic() + 60
for method, properties, body in channel.consume(queue, inactivity_timeout=1):
    if method is not None:
        message = AMQPMessage({"content-type": properties.content_type}, dict(properties.headers), body)
        try:
            event = from_amqp(message, JSONFormat())
        except Exception as error:  # noqa: BLE001 - whatever is wrong is the finding
            problems.append(f"not a CloudEvent: {error}")
            break
        partition, offset = int(event.get_extension("partition")), int(event.get_extension("offset"))
        if order.takes(partition, offset):
            ids.add((event.get_source(), event.get_id()))
            types[event.get_type()] = types.get(event.get_type(), 0) + 1
            if properties.delivery_mode != 2 or properties.message_id != event.get_id():
                problems.append(f"{event.get_id()}: not persistent, or another message id")
            if method.routing_key != f"p{partition:02d}.{event.get_type()}":
                problems.append(f"{event.get_id()}: routing key {method.routing_key}")
            for part, value in (("headers", dict(properties.headers)), ("payload", json.loads(body))):
                for error in described(part, event.get_type()).iter_errors(value):
                    problems.append(f"{event.get_id()}: {part}: {error.message}")
            if not isinstance(event.get_data(), dict) or event.get_time() is None:
                problems.append(f"{event.get_id()}: no data or no time")
        channel.basic_ack(method.delivery_tag)
    if len(ids) >= expected or time.monotonic() > deadline or len(problems) > 10:
        break

counts = {"events": len(ids), "repeats": order.repeats, "early": order.early}
print(json.dumps({**counts, "offsets": order.offsets, "types": types, "problems": problems}))
sys.exit(1 if problems or len(ids) != expected else 0)
