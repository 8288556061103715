"""Hadoop HDFS: a name node and a data node."""
import http.client
import json
import urllib.request

from place import CLUSTER, HOST
from process import QUICK, Process

TOOLS = {"dfs": "org.apache.hadoop.fs.FsShell", "dfsadmin": "org.apache.hadoop.hdfs.tools.DFSAdmin"}
FOR_LONG = "100000"  # tries of a data node to reach the name node before it makes a pause
TURNED_ON = "It was turned on manually"  # a safe mode that does not end by itself


def figure(port, name):
    """What a process tells of itself under SERVICE,name=BEAN::ATTRIBUTE; None while it does not."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/jmx?get=Hadoop:service={name}", timeout=5) as answer:
            return json.load(answer)["beans"][0][name.split("::")[1]]
    except (OSError, ValueError, LookupError, http.client.HTTPException):
        return None


class Hdfs(Process):
    """What both have in common: settings and files."""
    server = "hdfs"
    ports = ("NAMENODE_PORT", "NAMENODE_HTTP_PORT", "DATANODE_PORT", "DATANODE_HTTP_PORT", "DATANODE_IPC_PORT")

    @property
    def settings(self):
        return super().settings | {"NAMENODE_HOST": HOST}

    def flags(self):
        return QUICK

    def configure(self):
        source = CLUSTER / "hdfs"
        for file in ("core-site.xml", "hdfs-site.xml", "log4j.properties"):
            self.place.write_config(source / file, self.conf / file, self.settings)
        for service in ("hdfs", "datanode"):
            self.place.write_config(source / "web.xml", self.conf / "webapps" / service / "WEB-INF" / "web.xml", {})

    def tool(self, name, arguments):
        """The command line of one of TOOLS."""
        return self.java(TOOLS[name], *arguments, flags=QUICK)


class NameNode(Hdfs):
    name = "namenode"
    main, heap = "org.apache.hadoop.hdfs.server.namenode.NameNode", "NAMENODE_HEAP"

    def configure(self):
        super().configure()
        if not (self.data / "name" / "current" / "VERSION").exists():
            self.run(self.main, "-format", "-nonInteractive", "-force")

    def answers(self):
        """It serves; where the data node runs, that one is there with its blocks."""
        safe = self.figure("NameNodeInfo::Safemode")
        if safe is None or DataNode(self.place).pid() is None:
            return safe is not None
        return self.figure("FSNamesystemState::NumLiveDataNodes") == 1 and (not safe or TURNED_ON in safe)

    def figure(self, name):
        return figure(self.settings["NAMENODE_HTTP_PORT"], f"NameNode,name={name}")

    def addresses(self):
        known = self.settings
        return {"HDFS": f"hdfs://{HOST}:{known['NAMENODE_PORT']}",
                "WEBHDFS": f"webhdfs://{HOST}:{known['NAMENODE_HTTP_PORT']}"}


class DataNode(Hdfs):
    name = "datanode"
    main, heap = "org.apache.hadoop.hdfs.server.datanode.DataNode", "DATANODE_HEAP"

    @property
    def settings(self):
        return super().settings | {"HDFS_RETRIES": FOR_LONG}

    def answers(self):
        """Where the name node serves, that one has taken it in; else it is enough that it waits for it."""
        if NameNode(self.place).pid() is None:
            return self.figure("NumFailedVolumes") is not None
        if NameNode(self.place).figure("FSNamesystemState::NumLiveDataNodes") != 1:
            return False
        actors = json.loads(self.figure("BPServiceActorInfo") or "[]")
        return bool(actors) and all(actor["ActorState"] == "RUNNING" for actor in actors)

    def figure(self, name):
        return figure(self.settings["DATANODE_HTTP_PORT"], f"DataNode,name=DataNodeInfo::{name}")
