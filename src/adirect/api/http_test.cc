#include "adirect/api/http.h"

#include <gtest/gtest.h>

#include <vector>

namespace adirect {
namespace {

TEST(HttpTest, AProblemNamesWhatIsWrongAndTheField) {
  const Response problem = Problem(422, {}, "\"limit\" is 0", "limit");
  EXPECT_EQ(problem.status, 422);
  EXPECT_EQ(problem.content_type(), "application/problem+json");
  EXPECT_EQ(problem.body,
            "{\"title\":\"Unprocessable Content\",\"detail\":\"\\\"limit\\\" is 0\",\"field\":\"limit\","
            "\"status\":422}\n");
}

TEST(HttpTest, AProblemWithoutFieldHasNoneAndIsAlwaysUtf8) {
  EXPECT_EQ(Problem(404, "No such policy", "caf\xe9").body,
            "{\"title\":\"No such policy\",\"detail\":\"caf?\",\"status\":404}\n");
}

TEST(HttpTest, AHeaderValueCannotStartAnotherHeader) {
  Response response;
  response.AddHeader("X-Name", "a\r\nSet-Cookie: b");
  EXPECT_EQ(response.headers(), "X-Name: a  Set-Cookie: b\r\n");
}

TEST(HttpTest, ClearedIsAsNew) {
  Response response = Problem(500, {}, "x");
  response.AddHeader("A", "b");
  response.Clear();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body + response.headers(), "");
  EXPECT_EQ(response.content_type(), Response().content_type());
}

TEST(HttpTest, HeadersAreFoundWithoutCaseAndParametersWith) {
  const std::vector<HttpField> fields = {{"Accept", "a"}, {"accept", "b"}};
  Request request;
  request.headers = fields;
  request.query = fields;
  EXPECT_EQ(request.Header("ACCEPT"), "a");
  EXPECT_EQ(request.Header("Accep"), std::nullopt);
  EXPECT_EQ(request.Query("accept"), "b");
  EXPECT_EQ(request.Query("ACCEPT"), std::nullopt);
}

// Counts what reaches the connection.
class FakeRemote : public internal::Remote {
 public:
  void Send(Response response) override { statuses.push_back(response.status); }
  void Wake() override {}
  std::vector<int> statuses;
};

TEST(HttpTest, AResponderAnswersOnceAndOneThatIsDroppedAnswers500) {
  const auto remote = std::make_shared<FakeRemote>();
  {
    Responder sent(remote);
    Responder moved = std::move(sent);
    moved.Send(Response());
    moved.Send(Response());
  }
  EXPECT_EQ(remote->statuses, std::vector<int>{200});
  { const Responder dropped(remote); }
  EXPECT_EQ(remote->statuses, (std::vector<int>{200, 500}));
}

}  // namespace
}  // namespace adirect
