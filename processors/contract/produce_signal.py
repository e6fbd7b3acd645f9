"""Sends one trading signal as the contract asks. Needs: pip install confluent-kafka fastavro

KAFKA_BROKERS=127.0.0.1:9092 SCHEMA_REGISTRY_URL=http://127.0.0.1:8081 python3 produce_signal.py k1
"""

import io
import json
import os
import struct
import sys
import time
import urllib.request
import uuid
from decimal import Decimal

import fastavro
from confluent_kafka import Producer

TOPIC = "trading.signals"
# librdkafka's own default, consistent_random, is another one: its records become dead letters (WRONG_PARTITION).
PARTITIONER = sys.argv[2] if len(sys.argv) > 2 else "murmur2_random"


def latest_schema(subject):
    url = f"{os.environ['SCHEMA_REGISTRY_URL']}/subjects/{subject}/versions/latest"
    with urllib.request.urlopen(url) as answer:
        found = json.load(answer)
    return found["id"], fastavro.parse_schema(json.loads(found["schema"]))


def signal(idempotency_key):
    key = "XNAS:MSFT"
    event_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"alpha-01/{idempotency_key}"))
    return {
        "eventId": event_id,
        "eventType": "TradingSignal",
        "schemaVersion": 1,
        "occurredAt": int(time.time() * 1000),
        "producer": "python",
        "key": key,
        "correlationId": event_id,
        "payload": {
            "signalId": idempotency_key,
            "idempotencyKey": idempotency_key,
            "strategyId": "python",
            "portfolioId": "alpha-01",
            "exchange": "XNAS",
            "instrumentId": "MSFT",
            "side": "BUY",
            "quantity": Decimal("10"),
            "orderType": "MARKET",
            "limitPrice": None,
            "referencePrice": Decimal("28.50"),
            "reduceOnly": False,
            "validUntil": None,
        },
    }


schema_id, schema = latest_schema(f"{TOPIC}-value")
event = signal(sys.argv[1])
value = io.BytesIO()
value.write(struct.pack(">bI", 0, schema_id))
fastavro.schemaless_writer(value, schema, event)
producer = Producer({"bootstrap.servers": os.environ["KAFKA_BROKERS"], "partitioner": PARTITIONER})
producer.produce(TOPIC, key=event["key"], value=value.getvalue(), timestamp=event["occurredAt"])
producer.flush(10)
print(f"sent {sys.argv[1]} with {PARTITIONER}")
