#include "web/auth.h"

#include <map>
#include <memory>
#include <string>

#include "catch.h"

using namespace litewatch;

namespace {

// bcrypt of "secret" with cost 4, under each of the prefixes that mean the same.
const std::string kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

std::string basic(const std::string& base64) { return "Basic " + base64; }

BasicAuth auth_of(std::map<std::string, std::string> users) {
  return BasicAuth(std::move(users), std::make_shared<VerdictCache>());
}

const std::string kRight = basic("YW5uOnNlY3JldA==");   // ann:secret
const std::string kWrong = basic("YW5uOlNlY3JldA==");   // ann:Secret
const std::string kNobody = basic("Ym9iOnNlY3JldA==");  // bob:secret

}  // namespace

TEST_CASE("basic auth: no users -> open to all") {
  CHECK(auth_of({}).recall("") == true);
  CHECK(auth_of({}).recall("nonsense") == true);
}

TEST_CASE("basic auth: right, wrong and unknown -> known after bcrypt only") {
  const auto auth = auth_of({{"ann", kHash}});
  for (const auto& authorization : {kRight, kWrong, kNobody}) {
    CHECK(auth.recall(authorization) == std::nullopt);
  }
  CHECK(auth.verify(kRight));
  CHECK_FALSE(auth.verify(kWrong));
  CHECK_FALSE(auth.verify(kNobody));
  CHECK(auth.recall(kRight) == true);
  CHECK(auth.recall(kWrong) == false);
  CHECK(auth.recall(kNobody) == false);
}

TEST_CASE("basic auth: each bcrypt prefix -> understood") {
  for (const char version : {'a', 'b', 'y'}) {
    std::string hash = kHash;
    hash[2] = version;
    CAPTURE(hash);
    CHECK(auth_of({{"ann", hash}}).verify(kRight));
  }
}

TEST_CASE("basic auth: malformed field -> closed at once, without bcrypt") {
  const auto auth = auth_of({{"ann", kHash}});
  for (const std::string authorization :
       {"", "Basic", "Basic ", "Bearer YW5uOnNlY3JldA==", "Basic YW5uOnNlY3JldA", "Basic ====",
        "Basic YW5u", "Basic YW5uOnNl*3JldA==", "Basic YW5uOnNlY3JldABq"}) {  // the last: a NUL
    CAPTURE(authorization);
    CHECK(auth.recall(authorization) == false);
  }
  CHECK(auth.recall("bAsIc  YW5uOnNlY3JldA==") == std::nullopt);
}

TEST_CASE("basic auth: hash that crypt refuses -> closed") {
  for (const std::string hash : {"", "*0", "*1", "secret", "$2b$"}) {
    CAPTURE(hash);
    CHECK_FALSE(auth_of({{"ann", hash}}).verify(kRight));
  }
}

TEST_CASE("basic auth: new hash with an old cache -> asked again") {
  const auto cache = std::make_shared<VerdictCache>();
  const BasicAuth before({{"ann", kHash}}, cache);
  REQUIRE(before.verify(kRight));
  CHECK(BasicAuth({{"ann", kHash}}, cache).recall(kRight) == true);
  CHECK(BasicAuth({{"ann", kHash + "x"}}, cache).recall(kRight) == std::nullopt);
}

TEST_CASE("verdict cache: many wrong ones -> bounded, right ones stay") {
  VerdictCache cache;
  const auto right = cache.key("ann", "secret", kHash);
  cache.store(right, true);
  const auto first_wrong = cache.key("ann", "0", kHash);
  for (int i = 0; i < 1000; ++i) cache.store(cache.key("ann", std::to_string(i), kHash), false);
  CHECK(cache.find(right) == true);
  CHECK(cache.find(first_wrong) == std::nullopt);
  CHECK(cache.find(cache.key("ann", "999", kHash)) == false);
}

TEST_CASE("verdict cache: parts moved between fields -> other keys") {
  const VerdictCache cache;
  CHECK(cache.key("ab", "c", "d") != cache.key("a", "bc", "d"));
  CHECK(cache.key("ab", "c", "d") != VerdictCache().key("ab", "c", "d"));
}

TEST_CASE("base64: valid and malformed") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("YQ==") == "a");
  CHECK(decode_base64("YWI=") == "ab");
  CHECK(decode_base64("YWJj") == "abc");
  CHECK(decode_base64("/+8=") == "\xff\xef");
  for (const char* text : {"Y", "YQ", "YQ=", "Y===", "YQ==YQ==", "Y-==", " YQ="}) {
    CAPTURE(text);
    CHECK(decode_base64(text) == std::nullopt);
  }
}
