#include "probe/run/raw_targets.h"

#include "catch.h"
#include "probe/endpoint.h"

namespace litewatch {
namespace {

RawTargetRules rules() {
  RawTargetRules rules;
  rules.enabled = true;
  rules.schemes = {"http", "https", "tcp"};
  rules.hosts = {"*.shop.example", "10.1.2.3"};
  return rules;
}

bool allowed(const std::string& url, const RawTargetRules& list = rules(),
             ProberKind prober = ProberKind::kHttp) {
  ProbeModule module;
  module.prober = prober;
  return refuse_raw_target(list, module, raw_target_url(url, prober)).empty();
}

}  // namespace

TEST_CASE("raw targets: off -> everything is refused, even what the lists allow") {
  RawTargetRules off = rules();
  off.enabled = false;
  CHECK_FALSE(allowed("http://www.shop.example/", off));
  CHECK_FALSE(allowed("http://www.shop.example/", RawTargetRules()));
}

TEST_CASE("raw targets: scheme, host and port -> each must fit") {
  CHECK(allowed("http://www.shop.example/"));
  CHECK(allowed("http://www.shop.example:80/"));
  CHECK(allowed("https://WWW.SHOP.example/x?y=z"));
  CHECK(allowed("www.shop.example/health"));
  CHECK(allowed("http://10.1.2.3/"));
  CHECK_FALSE(allowed("http://shop.example/"));
  CHECK_FALSE(allowed("http://www.shop.example.evil.example/"));
  CHECK_FALSE(allowed("http://10.1.2.4/"));
  CHECK_FALSE(allowed("http://www.shop.example:8080/"));
  CHECK_FALSE(allowed("https://www.shop.example:80/"));
  RawTargetRules list = rules();
  list.ports = {8080};
  CHECK(allowed("http://www.shop.example:8080/", list));
  CHECK_FALSE(allowed("http://www.shop.example/", list));
  list = rules();
  list.schemes = {"https"};
  CHECK_FALSE(allowed("http://www.shop.example/", list));
  list = rules();
  list.hosts.clear();
  CHECK_FALSE(allowed("http://10.1.2.3/", list));
}

TEST_CASE("raw targets: hostile URLs -> refused") {
  for (const char* url :
       {"http://www.shop.example@10.9.9.9/", "http://10.9.9.9#www.shop.example/",
        "http://10.9.9.9?www.shop.example/", "http://10.9.9.9\\@www.shop.example/",
        "file:///etc/passwd", "gopher://www.shop.example/", "ftp://www.shop.example/",
        "http://www.shop.example:0/", "http://www.shop.example:99999/", "http:///", "",
        "http://www.shop.example/\r\nX: y", "http://0x0a010203/", "http://167838211/",
        "//www.shop.example/", "/run/app.sock"}) {
    CAPTURE(url);
    // Legacy spellings of 10.1.2.3 lead to that address, or nowhere; never past the list.
    const auto endpoint = parse_endpoint(url, ProberKind::kHttp);
    if (endpoint && endpoint->host == "10.1.2.3") continue;
    CHECK_FALSE(allowed(url));
  }
}

TEST_CASE("raw targets: TCP -> host:port with a listed port; files never") {
  RawTargetRules list = rules();
  list.ports = {25};
  CHECK(allowed("mail.shop.example:25", list, ProberKind::kTcp));
  CHECK_FALSE(allowed("mail.shop.example:26", list, ProberKind::kTcp));
  CHECK_FALSE(allowed("mail.shop.example", list, ProberKind::kTcp));
  CHECK_FALSE(allowed("/run/app.sock", list, ProberKind::kUnix));
  list.schemes.push_back("unix");
  list.hosts = {"*"};
  list.ports = {0};
  CHECK_FALSE(allowed("mail.shop.example:0", list, ProberKind::kTcp));
}

TEST_CASE("raw targets: modules with credentials or a proxy -> for configured targets only") {
  ProbeModule module;
  const std::string url = "http://www.shop.example/";
  CHECK(refuse_raw_target(rules(), module, url).empty());
  module.http.basic_auth = BasicAuthOptions{"user", "", "/run/secrets/password"};
  CHECK_FALSE(refuse_raw_target(rules(), module, url).empty());
  module.http.basic_auth.reset();
  module.http.proxy_url = "http://proxy.example:3128";
  CHECK_FALSE(refuse_raw_target(rules(), module, url).empty());
  module.http.proxy_url.clear();
  module.http.proxy_from_environment = true;
  CHECK_FALSE(refuse_raw_target(rules(), module, url).empty());
}

TEST_CASE("raw targets: redirects and host names -> held to the same lists") {
  CHECK(refuse_raw_url(rules(), ProberKind::kHttp, "https://b.shop.example/").empty());
  CHECK_FALSE(refuse_raw_url(rules(), ProberKind::kHttp, "http://169.254.169.254/").empty());
  CHECK(refuse_raw_hostname(rules(), "").empty());
  CHECK(refuse_raw_hostname(rules(), "a.shop.example").empty());
  CHECK(refuse_raw_hostname(rules(), "a.shop.example:8443").empty());
  CHECK_FALSE(refuse_raw_hostname(rules(), "internal.example").empty());
  CHECK_FALSE(refuse_raw_hostname(rules(), "a@b").empty());
}

TEST_CASE("parse_endpoint: by prober -> host, port and scheme") {
  const auto http = parse_endpoint("HTTPS://Shop.Example/x", ProberKind::kHttp);
  REQUIRE(http);
  CHECK(http->scheme == "https");
  CHECK(http->host == "shop.example");
  CHECK(http->port == 443);
  const auto ip6 = parse_endpoint("[::1]:25", ProberKind::kTcp);
  REQUIRE(ip6);
  CHECK(ip6->host == "::1");
  CHECK(ip6->port == 25);
  for (const char* text : {"", ":25", "a", "a:", "a:b", "a:0", "a:65536", "::1:25", "a b:25",
                           "[]:25", "a/b:25", "u@a:25"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_endpoint(text, ProberKind::kTcp));
  }
  CHECK(parse_endpoint("/run/app.sock", ProberKind::kUnix));
  CHECK_FALSE(parse_endpoint("run/app.sock", ProberKind::kUnix));
}

}  // namespace litewatch
