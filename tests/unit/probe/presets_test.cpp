#include <algorithm>
#include <string>

#include "catch.h"
#include "probe/target.h"

using namespace litewatch;

TEST_CASE("presets: an app's name in any case -> where its health endpoint is") {
  const ProbePreset* const pocketbase = find_preset("PocketBase");
  REQUIRE(pocketbase != nullptr);
  CHECK(pocketbase->app == "pocketbase");
  CHECK(pocketbase->url == "http://127.0.0.1:8090/api/health");
  CHECK(pocketbase->format == HealthFormat::kPocketBase);
  CHECK(find_preset("RAILS")->url == "http://127.0.0.1:3000/up");
  CHECK(find_preset("forgejo")->format == HealthFormat::kDraft);
  CHECK(find_preset("quarkus")->url == "http://127.0.0.1:8080/q/health");
  CHECK(find_preset("nestjs")->format == find_preset("terminus")->format);
}

TEST_CASE("presets: another name -> none") {
  CHECK(find_preset("") == nullptr);
  CHECK(find_preset("rail") == nullptr);
  CHECK(find_preset("rails ") == nullptr);
  CHECK(find_preset("my-app") == nullptr);
}

TEST_CASE("presets: the list -> sorted, without doubles, found by name, on this machine") {
  const auto names = preset_names();
  REQUIRE(names.size() >= 14);
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  for (const std::string_view name : names) {
    INFO(name);
    const ProbePreset* const preset = find_preset(name);
    REQUIRE(preset != nullptr);
    CHECK(preset->app == name);
    CHECK(preset->url.starts_with("http://127.0.0.1:"));
    CHECK(preset->url.find('/', 17) != std::string_view::npos);
    CHECK(preset->format != HealthFormat::kNone);
  }
}

TEST_CASE("presets: a URL without a path -> the preset's path") {
  const ProbePreset& grafana = *find_preset("grafana");
  const auto with = [&](std::string_view url) { return url_with_preset(url, grafana); };
  CHECK(with("http://graf:3000") == "http://graf:3000/api/health");
  CHECK(with("https://graf/") == "https://graf/api/health");
  CHECK(with("http://[::1]:3000/") == "http://[::1]:3000/api/health");
  CHECK(with("http://graf?org=1") == "http://graf/api/health?org=1");
  CHECK(with("http://graf/?org=1") == "http://graf/api/health?org=1");
}

TEST_CASE("presets: a URL with a path, or no URL -> as it is") {
  const ProbePreset& grafana = *find_preset("grafana");
  for (const std::string_view url : {"http://graf/grafana/api/health", "http://graf//",
                                     "http://graf/x/", "graf:3000", "", "/run/app.sock"}) {
    INFO(url);
    CHECK(url_with_preset(url, grafana) == url);
  }
}
