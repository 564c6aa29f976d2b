#include "probe/module.h"

#include <string>

#include "catch.h"
#include "probe/module_files.h"
#include "probe/prepared.h"
#include "probe/secrets.h"
#include "support/temp_dir.h"

namespace litewatch {
namespace {

ProbeModule http_module() {
  ProbeModule module;
  module.name = "m";
  return module;
}

std::string error_of(const ProbeModule& module) {
  const auto prepared = prepare_module(std::make_shared<ProbeModule>(module));
  return prepared ? "" : prepared.error().message();
}

std::shared_ptr<const PreparedModule> prepared(const ProbeModule& module) {
  auto made = prepare_module(std::make_shared<ProbeModule>(module));
  REQUIRE(made.ok());
  return *made;
}

}  // namespace

TEST_CASE("modules: the built-in ones -> valid, named, without credentials") {
  std::string names;
  for (const ProbeModule& module : builtin_modules()) {
    names += module.name + " ";
    CHECK(error_of(module).empty());
    CHECK_FALSE(module.has_credentials());
  }
  CHECK(names == "http_2xx http_post_2xx tcp_connect unix_connect ");
}

TEST_CASE("modules: anything that gives a secret away -> has_credentials") {
  ProbeModule module = http_module();
  CHECK_FALSE(module.has_credentials());
  module.http.headers = {{"X-Plain", "1"}};
  CHECK_FALSE(module.has_credentials());
  SECTION("a header that looks like one") { module.http.headers.push_back({"Cookie", "a=b"}); }
  SECTION("basic_auth") { module.http.basic_auth = BasicAuthOptions{}; }
  SECTION("authorization") { module.http.authorization = AuthorizationOptions{}; }
  SECTION("oauth2") { module.http.oauth2 = OAuth2Options{}; }
  SECTION("header files") { module.http.header_files = {{"X-Any", "/f"}}; }
  SECTION("a body from a file") { module.http.body_file = "/f"; }
  SECTION("a client certificate") { module.http.tls.cert_file = "/f"; }
  SECTION("a client certificate of a TCP module") {
    module.prober = ProberKind::kTcp;
    module.tcp.tls = true;
    module.tcp.tls_config.cert_file = "/f";
  }
  CHECK(module.has_credentials());
}

TEST_CASE("secret headers -> by their names") {
  for (const char* const name :
       {"Authorization", "proxy-authorization", "Cookie", "X-API-Key", "X-Auth-User",
        "X-Vault-Token", "Api-Key", "X-Client-Secret", "X-My-Password", "Set-Cookie"}) {
    CHECK(is_secret_header(name));
  }
  for (const char* const name : {"Accept", "Host", "User-Agent", "X-Request-Id", "Keyboard"}) {
    CHECK_FALSE(is_secret_header(name));
  }
}

TEST_CASE("masked -> every secret but the tiny ones") {
  CHECK(masked("a sesame b sesame", {"sesame"}) == "a <secret> b <secret>");
  CHECK(masked("a b", {"a", ""}) == "a b");
  CHECK(masked("secretsecret", {"secret"}) == "<secret><secret>");
}

TEST_CASE("printable -> valid UTF-8 within the limit") {
  CHECK(printable("ab\n\tc", 10) == "ab\n\tc");
  CHECK(printable("a\x01\xff", 100) == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(printable("K\xC3\xB6ln", 2) == "K");
  CHECK(printable("", 10).empty());
}

TEST_CASE("prepare: secrets -> read from files without the newline, known for masking") {
  const TempDir dir;
  ProbeModule module = http_module();
  BasicAuthOptions basic_auth;
  basic_auth.username = "me";
  basic_auth.password_file = dir.write("password", "sesame\n");
  module.http.basic_auth = basic_auth;
  AuthorizationOptions authorization;
  authorization.credentials_file = dir.write("token", " filed-token\r\n");
  module.http.authorization = authorization;
  module.http.header_files = {{"X-Key", dir.write("key", "filed-key")}};
  const auto made = prepared(module);
  CHECK(made->basic_password == "sesame");
  CHECK(made->secret_headers ==
        HeaderList{{"X-Key", "filed-key"}, {"Authorization", "Bearer filed-token"}});
  std::string all;
  for (const std::string& secret : made->secrets) all += secret + " ";
  CHECK(all.find("sesame") != std::string::npos);
  CHECK(all.find("bWU6c2VzYW1l") != std::string::npos);  // "me:sesame"
  CHECK(all.find("filed-token") != std::string::npos);
  CHECK(all.find("filed-key") != std::string::npos);
}

TEST_CASE("prepare: what cannot be prepared -> an error with module and file or expression") {
  const TempDir dir;
  ProbeModule module = http_module();
  SECTION("no such file") {
    module.http.body_file = dir.file("none");
    CHECK(error_of(module) == dir.file("none") + ": module \"m\": no such file");
  }
  SECTION("an empty secret") {
    module.http.header_files = {{"X", dir.write("empty", " \n")}};
    CHECK(error_of(module) == dir.file("empty") + ": module \"m\": it is empty");
  }
  SECTION("a secret of two lines") {
    module.http.header_files = {{"X", dir.write("two", "a\nEvil: b")}};
    CHECK(error_of(module).find("not a header value") != std::string::npos);
  }
  SECTION("a secret that is a folder") {
    module.http.header_files = {{"X", dir.path()}};
    CHECK_FALSE(error_of(module).empty());
  }
  SECTION("an endless secret") {
    module.http.header_files = {{"X", "/dev/zero"}};
    CHECK_FALSE(error_of(module).empty());
  }
  SECTION("a huge secret") {
    module.http.header_files = {{"X", dir.write("huge", std::string(70000, 'x'))}};
    CHECK(error_of(module).find("larger than 65536 bytes") != std::string::npos);
  }
  SECTION("a regular expression") {
    module.http.fail_if_body_matches_regexp = {"ok", "(["};
    CHECK(error_of(module).starts_with("module \"m\": fail_if_body_matches_regexp \"([\": "));
  }
  SECTION("a header's regular expression") {
    module.http.fail_if_header_not_matches_regexp = {{"X", "*", false}};
    CHECK(error_of(module).starts_with("module \"m\": fail_if_header_not_matches \"*\": "));
  }
  SECTION("CEL") {
    module.http.fail_if_body_json_matches_cel = "body.";
    CHECK(error_of(module).starts_with("module \"m\": fail_if_body_json_matches_cel \"body.\": "));
  }
  SECTION("authorities") {
    module.http.tls.ca_file = dir.file("ca");
    CHECK(error_of(module).starts_with(dir.file("ca") + ": module \"m\": "));
  }
}

TEST_CASE("prepare: tcp -> one expression a step, one that never matches where there is none") {
  ProbeModule module = http_module();
  module.prober = ProberKind::kTcp;
  module.tcp.query_response.resize(2);
  module.tcp.query_response[1].expect = "^220";
  const auto made = prepared(module);
  REQUIRE(made->expects.size() == 2);
  CHECK_FALSE(made->expects[0].found_in(""));
  CHECK_FALSE(made->expects[0].found_in("x\n"));
  CHECK(made->expects[1].found_in("220 ready"));
}

TEST_CASE("files fingerprint -> changes with the files, and only with them") {
  const TempDir dir;
  ProbeModule module = http_module();
  module.http.header_files = {{"X", dir.write("key", "one")}};
  const std::string before = files_fingerprint(module);
  CHECK(files_fingerprint(module) == before);
  dir.write("key", "other!");
  const std::string after = files_fingerprint(module);
  CHECK(after != before);
  std::filesystem::remove(dir.file("key"));
  CHECK(files_fingerprint(module) != after);
}

}  // namespace litewatch
