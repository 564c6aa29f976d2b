#include "tool/build_output.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "catch.h"
#include "support/temp_dir.h"

using namespace litewatch;
using State = BuiltFile::State;

namespace {

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<State> states(const std::vector<BuiltFile>& files) {
  std::vector<State> found;
  for (const BuiltFile& file : files) found.push_back(file.state);
  return found;
}

const Delivery kDelivery = {{"a.json", "A"}, {"b.json", "B"}, {"sub/c.json", "C"}};

}  // namespace

TEST_CASE("build output: same, other and new files -> only what changed is written") {
  TempDir dir;
  dir.write("a.json", "A");
  dir.write("b.json", "old");
  struct stat before {};
  struct stat after {};
  REQUIRE(::stat(dir.file("a.json").c_str(), &before) == 0);
  const auto files = write_delivery(kDelivery, dir.path());
  REQUIRE(files);
  CHECK(states(*files) == std::vector<State>{State::kSame, State::kOther, State::kNew});
  CHECK(content(dir.file("b.json")) == "B");
  CHECK(content(dir.file("sub/c.json")) == "C");
  REQUIRE(::stat(dir.file("a.json").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(states(compare_delivery(kDelivery, dir.path(), ".json")) ==
        std::vector<State>{State::kSame, State::kSame, State::kSame});
}

TEST_CASE("build output: files that nothing is built of -> told, never removed") {
  TempDir dir;
  dir.write("old.json", "O");
  dir.write("README.md", "R");
  REQUIRE(write_delivery(kDelivery, dir.path()));
  CHECK(content(dir.file("old.json")) == "O");
  const auto files = compare_delivery(kDelivery, dir.path(), ".json");
  REQUIRE(files.size() == 4);
  CHECK(files.back().state == State::kForeign);
  CHECK(files.back().path == dir.file("old.json"));
  CHECK(compare_delivery(kDelivery, dir.path(), "").size() == 3);
}

TEST_CASE("build output: a file where a folder should be -> an error with its path") {
  TempDir dir;
  dir.write("sub", "in the way");
  const auto files = write_delivery(kDelivery, dir.path());
  REQUIRE_FALSE(files);
  CHECK(files.error().message().find("sub") != std::string::npos);
}
