#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "health_text.h"
#include "probe/health.h"

// tests/fixtures/health holds documents as apps write them, named FORMAT-SITUATION.EXTENSION; the
// extension stands for the media type. tests/golden/health holds what they are read as: detected,
// and as the format of their name. UPDATE_GOLDEN=1 writes the golden files anew: look at the diff.

using namespace litewatch;
namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(LITEWATCH_SOURCE_DIR) / "tests/fixtures/health";
const fs::path kGolden = fs::path(LITEWATCH_SOURCE_DIR) / "tests/golden/health";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<fs::path> fixtures() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(kFixtures)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string media_type(const fs::path& path) {
  if (path.extension() == ".json") return "application/json; charset=utf-8";
  return path.extension() == ".html" ? "text/html" : "text/plain";
}

std::string read_as(const fs::path& path, HealthFormat format) {
  HealthOptions options;
  options.format = format;
  return health_text(parse_health(content(path), media_type(path), options));
}

std::string golden_text(const fs::path& path) {
  std::string text = "as auto\n" + read_as(path, HealthFormat::kAuto);
  const std::string stem = path.filename().string();
  const auto format = parse_health_format(stem.substr(0, stem.find('-')));
  if (format) text += "\nas " + std::string(to_string(*format)) + "\n" + read_as(path, *format);
  return text;
}

fs::path golden_path(const fs::path& fixture) {
  return kGolden / (fixture.filename().string() + ".txt");
}

}  // namespace

TEST_CASE("health golden: documents as apps write them -> what is in them") {
  REQUIRE(fixtures().size() >= 80);
  for (const fs::path& path : fixtures()) {
    const std::string text = golden_text(path);
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
      std::ofstream(golden_path(path), std::ios::binary) << text;
      continue;
    }
    INFO(path.filename().string() << ": if this is what you want, UPDATE_GOLDEN=1 unit_probe");
    CHECK(text == content(golden_path(path)));
  }
}

TEST_CASE("health golden: there is no golden file without a document") {
  std::set<fs::path> expected;
  for (const fs::path& path : fixtures()) expected.insert(golden_path(path));
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    INFO(entry.path().string());
    CHECK(expected.count(entry.path()) == 1);
  }
}

TEST_CASE("health golden: every format has documents") {
  std::set<std::string> named;
  for (const fs::path& path : fixtures()) {
    const std::string stem = path.filename().string();
    named.insert(stem.substr(0, stem.find('-')));
  }
  for (int i = static_cast<int>(HealthFormat::kDraft); i < static_cast<int>(HealthFormat::kPointer);
       ++i) {
    const std::string format(to_string(static_cast<HealthFormat>(i)));
    INFO(format);
    CHECK(named.count(format) == 1);
  }
}
