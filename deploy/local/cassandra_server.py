"""Apache Cassandra: one process."""
import socket

from place import CLUSTER, HOST
from process import Process

OPTIONS = bytes([4, 0, 0, 0, 5, 0, 0, 0, 0])  # what do you support? in version 4 of CQL's protocol
SUPPORTED = 6


class Cassandra(Process):
    name = server = "cassandra"
    main, heap = "org.apache.cassandra.service.CassandraDaemon", "CASSANDRA_HEAP"
    ports = ("CASSANDRA_PORT", "CASSANDRA_STORAGE_PORT")

    @property
    def settings(self):
        known = super().settings
        return known | {"CASSANDRA_SEEDS": f"{HOST}:{known['CASSANDRA_STORAGE_PORT']}"}

    def configure(self):
        for file in ("cassandra.yaml", "logback.xml"):
            self.place.write_config(CLUSTER / "cassandra" / file, self.conf / file, self.settings)

    def flags(self):
        return [f"-Dcassandra.config=file://{self.conf}/cassandra.yaml", f"-Dcassandra.storagedir={self.data}",
                f"-Dlogback.configurationFile={self.conf}/logback.xml", "-Dcassandra-foreground=yes",
                "-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.ring_delay_ms=1"]

    def answers(self):
        try:
            with socket.create_connection((HOST, int(self.settings["CASSANDRA_PORT"])), timeout=5) as connection:
                connection.sendall(OPTIONS)
                head = connection.makefile("rb").read(9)
                return len(head) == 9 and head[4] == SUPPORTED
        except OSError:
            return False

    def addresses(self):
        return {"CASSANDRA": f"{HOST}:{self.settings['CASSANDRA_PORT']}"}
