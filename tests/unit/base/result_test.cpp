#include "base/result.h"

#include <cerrno>
#include <memory>
#include <optional>

#include "catch.h"

namespace litewatch {
namespace {

TEST_CASE("result: a value -> ok, and reachable") {
  Result<int> result = 7;
  REQUIRE(result.ok());
  CHECK(static_cast<bool>(result));
  CHECK(*result == 7);
  result.value() = 8;
  CHECK(*result == 8);
}

TEST_CASE("result: an error -> not ok, and kept") {
  const Result<int> result = Error{ErrorKind::kMalformed, "bad magic", "/data/a.db", 0};
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::kMalformed);
  CHECK(result.error().message() == "/data/a.db: bad magic");
}

TEST_CASE("result: absence -> a value, not an error") {
  const Result<std::optional<int>> result = std::optional<int>();
  REQUIRE(result.ok());
  CHECK_FALSE(result->has_value());
}

TEST_CASE("result: a value that can only be moved -> moved in and out") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> out = std::move(*result);
  CHECK(*out == 5);
}

TEST_CASE("error: with and without path and errno -> one line for people") {
  CHECK(Error{ErrorKind::kInternal, "cannot read", "", 0}.message() == "cannot read");
  CHECK(Error{ErrorKind::kInternal, "cannot read", "/x", ENOENT}.message() ==
        "/x: cannot read (No such file or directory)");
}

TEST_CASE("system_error: errno -> its kind") {
  CHECK(system_error(EACCES, "open", "/x").kind == ErrorKind::kDenied);
  CHECK(system_error(EPERM, "open", "/x").kind == ErrorKind::kDenied);
  CHECK(system_error(ETIMEDOUT, "read", "/x").kind == ErrorKind::kTimeout);
  const Error error = system_error(EIO, "cannot read", "/x");
  CHECK(error.kind == ErrorKind::kInternal);
  CHECK(error.errnum == EIO);
  CHECK(error.what == "cannot read");
  CHECK(error.path == "/x");
}

TEST_CASE("error kinds: all -> the words of the reason label") {
  CHECK(to_string(ErrorKind::kDenied) == "denied");
  CHECK(to_string(ErrorKind::kMalformed) == "malformed");
  CHECK(to_string(ErrorKind::kTimeout) == "timeout");
  CHECK(to_string(ErrorKind::kBusy) == "busy");
  CHECK(to_string(ErrorKind::kUnsupported) == "unsupported");
  CHECK(to_string(ErrorKind::kInternal) == "internal");
}

}  // namespace
}  // namespace litewatch
