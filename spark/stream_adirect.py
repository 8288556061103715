"""The streaming job of 2017 in its new form: spark-submit spark/stream_adirect.py --kafka … --topic …"""
import sys

from adirect_spark.stream import main

if __name__ == "__main__":
    sys.exit(main())
