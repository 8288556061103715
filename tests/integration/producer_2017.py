"""A producer as they were in 2017: kafka-python with its defaults, the six columns, no key.

    producer_2017.py BROKER TOPIC ROWS
"""
import datetime
import random
import sys

from kafka import KafkaProducer

ROUND = 5  # shoppers who act at the same second
START = datetime.datetime(2017, 2, 1, 23, 35, 10)


def rows(count):
    chance = random.Random(2017)
    for i in range(count):
        user, category = chance.randrange(100), chance.randrange(1, 10)
        product = f"{category}{category}{category}{chance.randrange(100000)}"
        action = "buy" if chance.randrange(100) == 0 else "search"
        time = START + datetime.timedelta(seconds=i // ROUND)
        yield f"{time},craig{user},{49700 + user},{product},{category},{action}"


def main():
    broker, topic, count = sys.argv[1:]
    producer = KafkaProducer(bootstrap_servers=broker)
    for row in rows(int(count)):
        producer.send(topic, row.encode())
    producer.flush()


if __name__ == "__main__":
    main()
