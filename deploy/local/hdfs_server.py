"""Hadoop HDFS: a name node and a data node."""
import http.client
import json
import urllib.request

from place import CLUSTER, HOST
from process import Process

TOOLS = {"dfs": "org.apache.hadoop.fs.FsShell", "dfsadmin": "org.apache.hadoop.hdfs.tools.DFSAdmin"}
TURNED_ON = "It was turned on manually"  # a safe mode that does not end by itself


def bean(port, name):
    """One of the process's own figures by its name; none while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/jmx?qry=Hadoop:service={name}", timeout=5) as answer:
            return json.load(answer)["beans"][0]
    except (OSError, ValueError, LookupError, http.client.HTTPException):
        return {}


class Hdfs(Process):
    """What both have in common: settings and files."""
    server = "hdfs"
    ports = ("NAMENODE_PORT", "NAMENODE_HTTP_PORT", "DATANODE_PORT", "DATANODE_HTTP_PORT", "DATANODE_IPC_PORT")

    @property
    def settings(self):
        return super().settings | {"NAMENODE_HOST": HOST}

    def configure(self):
        source = CLUSTER / "hdfs"
        for file in ("core-site.xml", "hdfs-site.xml", "log4j.properties"):
            self.place.write_config(source / file, self.conf / file, self.settings)
        for service in ("hdfs", "datanode"):
            self.place.write_config(source / "web.xml", self.conf / "webapps" / service / "WEB-INF" / "web.xml", {})

    def tool(self, name, arguments):
        """The command line of one of TOOLS."""
        return self.java(TOOLS[name], *arguments)


class NameNode(Hdfs):
    name = "namenode"
    main, heap = "org.apache.hadoop.hdfs.server.namenode.NameNode", "NAMENODE_HEAP"

    def configure(self):
        super().configure()
        if not (self.data / "name" / "current" / "VERSION").exists():
            self.run(self.main, "-format", "-nonInteractive", "-force")

    def answers(self):
        """It serves; where the data node runs, that one has reported its blocks too."""
        info = bean(self.settings["NAMENODE_HTTP_PORT"], "NameNode,name=NameNodeInfo")
        if "Safemode" not in info or DataNode(self.place).pid() is None:
            return "Safemode" in info
        return json.loads(info["LiveNodes"]) != {} and (not info["Safemode"] or TURNED_ON in info["Safemode"])

    def addresses(self):
        known = self.settings
        return {"HDFS": f"hdfs://{HOST}:{known['NAMENODE_PORT']}",
                "WEBHDFS": f"webhdfs://{HOST}:{known['NAMENODE_HTTP_PORT']}"}


class DataNode(Hdfs):
    name = "datanode"
    main, heap = "org.apache.hadoop.hdfs.server.datanode.DataNode", "DATANODE_HEAP"

    def answers(self):
        """It serves; where the name node runs, that one knows it."""
        info = bean(self.settings["DATANODE_HTTP_PORT"], "DataNode,name=DataNodeInfo")
        if "BPServiceActorInfo" not in info or NameNode(self.place).pid() is None:
            return "BPServiceActorInfo" in info
        actors = json.loads(info["BPServiceActorInfo"])
        return bool(actors) and all(actor["ActorState"] == "RUNNING" for actor in actors)
