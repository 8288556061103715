"""Apache Kafka, KRaft: one process is broker and controller. A second listener asks for a password (SASL PLAIN)."""
import secrets
import socket
import struct

from place import CLUSTER, HERE, HOST
from process import QUICK, Process

METADATA = 3  # the request that names the brokers; in version 1 no topic is asked for by an empty list
TOOLS = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
}


def brokers(port):
    """How many brokers the one at this port knows to be in service."""
    with socket.create_connection((HOST, port), timeout=5) as connection:
        request = struct.pack(">hhihi", METADATA, 1, 1, -1, 0)
        connection.sendall(struct.pack(">i", len(request)) + request)
        head = connection.makefile("rb").read(12)  # length, the request's number, count of brokers
        return struct.unpack(">iii", head)[2] if len(head) == 12 else 0


class Kafka(Process):
    name = server = "kafka"
    main, heap = "kafka.Kafka", "KAFKA_HEAP"
    ports, passwords = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_SASL_PORT"), ("KAFKA_SASL_PASSWORD",)

    @property
    def settings(self):
        known = super().settings
        return known | {"KAFKA_VOTERS": f"1@{HOST}:{known['KAFKA_CONTROLLER_PORT']}"}

    def configure(self):
        properties = self.conf / "server.properties"
        self.place.write_config(CLUSTER / "kafka" / "server.properties", properties, self.settings)
        more = self.conf / "local.properties"
        self.place.write_config(HERE / "kafka.properties", more, self.settings)
        properties.write_text(properties.read_text(encoding="utf-8") + more.read_text(encoding="utf-8"),
                              encoding="utf-8")
        if not (self.data / "meta.properties").exists():
            cluster = "A" + secrets.token_urlsafe(16)[1:]  # a dash in front would be an option
            self.run("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties))

    def arguments(self):
        return [str(self.conf / "server.properties")]

    def answers(self):
        try:
            return brokers(int(self.settings["KAFKA_PORT"])) > 0
        except OSError:
            return False

    def addresses(self):
        known = self.settings
        return {"KAFKA": f"{HOST}:{known['KAFKA_PORT']}", "KAFKA_SASL": f"{HOST}:{known['KAFKA_SASL_PORT']}",
                "KAFKA_SASL_USER": "adirect", "KAFKA_SASL_PASSWORD": known["KAFKA_SASL_PASSWORD"]}

    def tool(self, name, arguments):
        """The command line of one of TOOLS, which tells warnings only."""
        return self.java(TOOLS[name], "--bootstrap-server", self.addresses()["KAFKA"], *arguments,
                         flags=[*QUICK, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"])
