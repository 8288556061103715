#include "adirect/app/wiring.h"

#include <gtest/gtest.h>

namespace adirect {
namespace {

TEST(AnswerFormats, AreFoundByTheirNames) {
  for (const char* name : {"csv", "ndjson"}) {
    const Result<AnswerFormat> format = FindAnswerFormat(name);
    ASSERT_TRUE(format.ok()) << format.status().message();
    EXPECT_EQ(format->name, name);
    EXPECT_NE(format->make, nullptr);
  }
}

TEST(AnswerFormats, ParquetIsWrittenWhereItIsRead) {
  const Result<AnswerFormat> format = FindAnswerFormat("parquet");
  EXPECT_EQ(format.ok(), ReadKinds().find("Parquet") != std::string::npos);
  EXPECT_EQ(format.ok(), WriteKinds().find("Parquet") != std::string::npos);
  if (!format.ok()) {
    EXPECT_EQ(format.status().code(), Code::kUnsupported);
    EXPECT_NE(format.status().message().find("-DADIRECT_WITH_ARROW=ON"), std::string::npos);
  }
}

TEST(AnswerFormats, AnUnknownOneIsRefusedWithTheNearest) {
  const Result<AnswerFormat> format = FindAnswerFormat("parqet");
  ASSERT_EQ(format.status().code(), Code::kInvalidArgument);
  EXPECT_NE(format.status().message().find("did you mean parquet?"), std::string::npos) << format.status().message();
  EXPECT_NE(format.status().message().find("csv, ndjson, parquet"), std::string::npos);
}

}  // namespace
}  // namespace adirect
