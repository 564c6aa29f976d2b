// Every NAME.yml in tests/fixtures/config has a NAME.txt beside it: of an invalid one the exact
// message, of a valid one what it comes to. LITEWATCH_REGENERATE=1 writes them anew, for review.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "catch.h"
#include "config/load.h"
#include "config/web_config.h"

namespace litewatch {
namespace {

namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(LITEWATCH_SOURCE_DIR) / "tests" / "fixtures" / "config";

std::string read_all(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// Takes the place where this tree lies out of a text.
std::string without_place(std::string text, const fs::path& folder) {
  replace_all(text, folder.string() + "/", "FOLDER/");
  replace_all(text, folder.parent_path().string() + "/", "PARENT/");
  return text;
}

std::string shown(const WebConfig& config) {
  std::string text = "tls: " + std::string(config.tls_enabled ? "on" : "off") + "\n";
  for (const auto& [user, hash] : config.basic_auth_users)
    text += "user " + user + ": " + hash + "\n";
  for (const auto& [name, value] : config.response_headers) text += name + ": " + value + "\n";
  for (const std::string& warning : config.warnings) text += "warning: " + warning + "\n";
  return text;
}

std::string outcome(const fs::path& yml, bool expect_ok, const fs::path& folder) {
  std::string text;
  if (folder.filename() == "web") {
    const auto config = load_web_config(yml.string());
    CHECK(config.ok() == expect_ok);
    text = config ? shown(*config) : config.error().message() + "\n";
  } else {
    const auto config = load_config(yml.string());
    CHECK(config.ok() == expect_ok);
    text = config ? to_yaml(*config) : config.error().message() + "\n";
    if (!config) CHECK(config.error().kind == ErrorKind::kMalformed);
  }
  return without_place(text, folder);
}

void check_folder(const fs::path& folder, std::size_t least) {
  const bool regenerate = std::getenv("LITEWATCH_REGENERATE") != nullptr;
  std::set<std::string> stems;
  std::set<std::string> expectations;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".yml") stems.insert(file.stem());
    if (file.extension() == ".txt") expectations.insert(file.stem());
  }
  for (const std::string& stem : stems) {
    INFO(stem);
    const bool expect_ok = stem.starts_with("valid-");
    CHECK((expect_ok || stem.starts_with("invalid-")));
    const std::string actual = outcome(folder / (stem + ".yml"), expect_ok, folder);
    const fs::path expected = folder / (stem + ".txt");
    if (regenerate) std::ofstream(expected, std::ios::binary) << actual;
    CHECK(actual == read_all(expected));
  }
  if (!regenerate) CHECK(stems == expectations);
  CHECK(stems.size() >= least);
}

TEST_CASE("config fixtures: each file -> its exact message or effective configuration") {
  check_folder(kFixtures, 80);
}

TEST_CASE("web config fixtures: each file -> its exact message or what is served") {
  check_folder(kFixtures / "web", 30);
}

}  // namespace
}  // namespace litewatch
