"""The batch job of 2017 in its new form: spark-submit spark/batch_adirect.py --out FOLDER FILE…"""
import sys

from adirect_spark.batch import main

if __name__ == "__main__":
    sys.exit(main())
