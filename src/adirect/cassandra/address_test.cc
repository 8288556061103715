#include "adirect/cassandra/address.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace adirect {
namespace {

std::string ErrorOf(std::string_view url) {
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress(url);
  return address.ok() ? "" : address.status().message();
}

TEST(KeyspaceAddress, HasDefaultsForAllButTheHost) {
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress("cassandra://localhost");
  ASSERT_TRUE(address.ok()) << address.status().message();
  EXPECT_EQ(address->hosts, "localhost:9042");
  EXPECT_EQ(address->keyspace, "advertise");
  EXPECT_EQ(address->user, "");
  EXPECT_EQ(address->replication, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
  EXPECT_EQ(address->consistency, 6);
}

TEST(KeyspaceAddress, TakesSeveralHostsAUserAndParameters) {
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress(
      "cassandra://ad:p%40ss%2F@a:1,b/shop?consistency=one&datacenter=dc1&replication=dc1:3,dc2:2&connect_timeout=1s&"
      "request_timeout=500ms");
  ASSERT_TRUE(address.ok()) << address.status().message();
  EXPECT_EQ(address->hosts, "a:1,b:9042");
  EXPECT_EQ(address->keyspace, "shop");
  EXPECT_EQ(address->user, "ad");
  EXPECT_EQ(address->password, "p@ss/");
  EXPECT_EQ(address->datacenter, "dc1");
  EXPECT_EQ(address->consistency, 1);
  EXPECT_EQ(address->replication, "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}");
  EXPECT_EQ(address->connect_timeout, Duration::Millis(1000));
  EXPECT_EQ(address->request_timeout, Duration::Millis(500));
  EXPECT_EQ(address->place(), "cassandra://a:1,b:9042/shop");
}

TEST(KeyspaceAddress, TakesSecretsFromAFile) {
  const std::string path = std::filesystem::temp_directory_path() / "adirect_address_test.conf";
  std::ofstream(path) << "# who\nuser = ad\npassword = a=b\n\nconsistency=all\n";
  const Result<KeyspaceAddress> address = ParseKeyspaceAddress("cassandra://a/shop?config=" + path);
  std::filesystem::remove(path);
  ASSERT_TRUE(address.ok()) << address.status().message();
  EXPECT_EQ(address->user, "ad");
  EXPECT_EQ(address->password, "a=b");
  EXPECT_EQ(address->consistency, 5);
}

TEST(KeyspaceAddress, SaysWhatIsWrongWithIt) {
  EXPECT_NE(ErrorOf("kafka://a/b").find("write cassandra://HOST:PORT/KEYSPACE"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra:///shop").find("names no host"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a,/shop").find("names no host"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/Shop").find("no name of a keyspace"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/s;drop").find("no name of a keyspace"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?consistency=qourum").find("did you mean quorum?"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?replicaton=3").find("did you mean replication?"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?replication=0").find("neither a number of copies"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?replication=d'c:1").find("neither a number of copies"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?connect_timeout=5").find("is no duration"), std::string::npos);
  EXPECT_NE(ErrorOf("cassandra://a/shop?config=/no/such/file").find("cannot be read"), std::string::npos);
}

TEST(KeyspaceAddress, TellsNoSecretInAnError) {
  EXPECT_EQ(ErrorOf("cassandra://ad:secret@a/Shop").find("secret"), std::string::npos);
  EXPECT_EQ(ErrorOf("cassandra://ad:sec%ret@a/shop").find("sec%ret"), std::string::npos);
  EXPECT_EQ(ErrorOf("cassandra://secret@a/shop").find("secret"), std::string::npos);
}

}  // namespace
}  // namespace adirect
