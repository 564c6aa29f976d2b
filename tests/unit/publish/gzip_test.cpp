#include "publish/gzip.h"

#include <random>
#include <string>
#include <vector>

#include "catch.h"
#include "parsed_page.h"

namespace litewatch {
namespace {

std::string compressed(Gzip& gzip, std::string_view text) {
  std::string into(gzip.bound(text.size()), '\0');
  into.resize(gzip.compress(text, into));
  return into;
}

TEST_CASE("gzip: empty, short, repetitive and random text -> comes back, one after another") {
  std::mt19937 random(7);
  std::string noise(100000, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  Gzip gzip;
  for (const std::string& text : {std::string(), std::string("a"), std::string(100000, 'x'), noise,
                                  std::string("sqlite_up 1\n")}) {
    CHECK(gunzip(compressed(gzip, text)) == text);
    CHECK(compressed(gzip, text) == compressed(gzip, text));
  }
  CHECK(compressed(gzip, std::string(100000, 'x')).size() < 1000);
}

}  // namespace
}  // namespace litewatch
