"""adirect's core inside Apache Spark: `batch` on files, `stream` on a Kafka topic."""
