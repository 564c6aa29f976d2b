// blackbox_exporter's configurations in tests/fixtures/blackbox, and what becomes of them.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "catch.h"
#include "config/load.h"
#include "support/temp_dir.h"
#include "tool/import_file.h"

namespace litewatch {
namespace {

std::string read_all(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string fixture(const std::string& name) {
  return read_all(LITEWATCH_SOURCE_DIR "/tests/fixtures/blackbox/" + name + ".yml");
}

ImportedFile imported(const std::string& text, const std::string& folder = "") {
  ImportSecrets secrets(folder);
  auto file = import_blackbox(text, "blackbox.yml", secrets);
  if (!file) FAIL(file.error().message());
  if (const auto error = secrets.write()) FAIL(error->message());
  return *std::move(file);
}

std::vector<ProbeModule> loaded(const std::string& yaml) {
  INFO(yaml);
  const auto config = parse_config(yaml, "/etc/lw/litewatch.yml");
  if (!config) FAIL(config.error().what);
  return config->probes.modules;
}

/// As blackbox_exporter is without a word said.
ProbeModule blackbox_module(const std::string& name) {
  ProbeModule module;
  module.name = name;
  module.http.redirects = {RedirectMode::kAny, 10, {}, false};
  module.http.health.fail_on = HealthOptions::FailOn::kNever;
  return module;
}

const ProbeModule& named(const std::vector<ProbeModule>& modules, const std::string& name) {
  const auto found = std::ranges::find(modules, name, &ProbeModule::name);
  if (found == modules.end()) FAIL("no module " + name);
  return *found;
}

bool has_message(const ImportedFile& file, const std::string& part) {
  return std::ranges::any_of(file.messages, [&](const std::string& message) {
    return message.find(part) != message.npos;
  });
}

TEST_CASE("import: a module without a word -> blackbox_exporter's behaviour, not our defaults") {
  const auto file = imported("modules: {m: {prober: http}, n: {prober: tcp}}");
  CHECK(file.messages.empty());
  const auto modules = loaded(file.yaml);
  REQUIRE(modules.size() == 2);
  CHECK(modules[0] == blackbox_module("m"));
  ProbeModule tcp;
  tcp.name = "n";
  tcp.prober = ProberKind::kTcp;
  CHECK(modules[1] == tcp);
}

TEST_CASE("import: every field of an HTTP module -> the same field") {
  const auto file = imported(fixture("carried"));
  CHECK(file.messages.empty());
  CHECK(file.left_out == 0);
  const auto modules = loaded(file.yaml);
  CHECK(named(modules, "empty") == blackbox_module("empty"));

  ProbeModule all = blackbox_module("all_http");
  all.timeout_s = 90;
  HttpModule& http = all.http;
  http.valid_status_codes = {{200, 200}, {204, 204}, {301, 301}};
  http.valid_http_versions = {"HTTP/1.1", "HTTP/2.0"};
  http.method = "PUT";
  http.headers = {{"Host", "vhost.example.org"},
                  {"Accept-Language", "en-US"},
                  {"X-Empty", ""},
                  {"Accept-Encoding", "br, gzip;q=0.5"},
                  {"X-Many", "a"},
                  {"X-Many", "b"}};
  http.body_size_limit = 10 << 20;
  http.compression = "gzip";
  http.redirects = {RedirectMode::kNone, 3, {}, false};
  http.fail_if_not_ssl = true;
  http.fail_if_body_matches_regexp = {"(?i)could not connect", "^\\d+$"};
  http.fail_if_body_not_matches_regexp = {"Download the latest version here"};
  http.fail_if_header_matches_regexp = {{"Set-Cookie", ".*", true}};
  http.fail_if_header_not_matches_regexp = {
      {"Access-Control-Allow-Origin", "(\\*|example\\.com)", false}};
  http.fail_if_body_json_matches_cel = "body.errors > 0";
  http.fail_if_body_json_not_matches_cel = "body.status == 'ok'";
  http.preferred_ip_protocol = IpProtocol::kIp4;
  http.ip_protocol_fallback = false;
  http.proxy_url = "http://proxy.example.org:3128";
  http.no_proxy = "localhost,10.0.0.0/8";
  http.proxy_connect_headers = {{"X-Zone", "a"}, {"X-Zone", "b"}};
  http.skip_resolve_phase_with_proxy = true;
  http.enable_http2 = false;
  http.body = "{\"a\": 1}\n";
  http.tls = {"/etc/ssl/ca.pem",
              "/etc/lw/certs/client.pem",
              "/etc/ssl/client.key",
              "vhost.example.org",
              true,
              0x0301,
              0x0304,
              ""};
  CHECK(to_yaml(named(modules, "all_http")) == to_yaml(all));
  CHECK(named(modules, "all_http") == all);
}

TEST_CASE("import: logins from files -> the same files") {
  const auto modules = loaded(imported(fixture("carried")).yaml);
  const HttpModule& body = named(modules, "body_from_file").http;
  CHECK((body.body_file == "/srv/body.json" && body.proxy_from_environment));
  CHECK(body.redirects.mode == RedirectMode::kNone);
  CHECK(named(modules, "user_from_file").http.basic_auth ==
        BasicAuthOptions{"", "/run/user", "/run/password"});
  CHECK(named(modules, "token").http.authorization == AuthorizationOptions{"Token", "/run/token"});
  CHECK(named(modules, "bearer").http.authorization ==
        AuthorizationOptions{"Bearer", "/run/token"});
  CHECK(named(modules, "bearer").http.method == "GET");
  OAuth2Options oauth2{"probe",    "/run/secret",          "https://login.example.org/token",
                       {"health"}, {{"audience", "shop"}}, {}};
  oauth2.tls.insecure_skip_verify = true;
  CHECK(named(modules, "oauth2").http.oauth2 == oauth2);
}

TEST_CASE("import: every field of a TCP and a Unix module -> the same field") {
  const auto modules = loaded(imported(fixture("carried")).yaml);
  const ProbeModule& tcp = named(modules, "all_tcp");
  CHECK(tcp.timeout_s == 0.0015);
  CHECK((tcp.tcp.preferred_ip_protocol == IpProtocol::kIp4 && !tcp.tcp.ip_protocol_fallback));
  CHECK((tcp.tcp.source_ip_address == "10.0.0.1" && tcp.tcp.tls_config.insecure_skip_verify));
  REQUIRE(tcp.tcp.query_response.size() == 4);
  CHECK(tcp.tcp.query_response[0] == QueryResponse{"^220 ", "", "EHLO x\r", "", false});
  CHECK(tcp.tcp.query_response[1].starttls);
  CHECK(tcp.tcp.query_response[2].expect == "^");
  CHECK(tcp.tcp.query_response[3].expect_bytes == std::string("\0ok", 3));
  const ProbeModule& socket = named(modules, "all_unix");
  CHECK((socket.prober == ProberKind::kUnix && socket.tcp.tls));
  CHECK(socket.tcp.query_response.at(0).expect == "a: b");
}

TEST_CASE("import: blackbox_exporter's example -> what litewatch probes, and a word on the rest") {
  const auto file = imported(fixture("example"));
  const auto modules = loaded(file.yaml);
  CHECK((file.carried == 9 && modules.size() == 9 && file.left_out == 6));
  CHECK(named(modules, "http_post_2xx").http.method == "POST");
  CHECK(named(modules, "pop3s_banner").tcp.tls);
  CHECK(named(modules, "smtp_starttls").tcp.query_response.at(1).send == "EHLO prober\r");
  CHECK(named(modules, "irc_banner").tcp.query_response.at(2).send == "PONG ${1}");
  for (const char* part :
       {"\"icmp\": left out", "\"icmp_ttl5\": left out", "\"dns_tcp\": left out",
        "\"grpc\": left out", "\"websocket\": left out", "\"http_3xx\": left out",
        "\"ssh_banner_extract\": not carried over: labels"}) {
    INFO(part);
    CHECK(has_message(file, part));
  }
  CHECK(file.messages.size() == 7);
}

TEST_CASE("import: what cannot be carried over -> each module left out with its reason") {
  const auto file = imported(fixture("left_out"));
  CHECK(file.carried == 0);
  CHECK(file.left_out == 27);
  CHECK(loaded(file.yaml).empty());
  std::string all = file.yaml;
  for (const std::string& message : file.messages) all += message + "\n";
  INFO(all);
  CHECK(all.find("hunter2") == all.npos);
  CHECK(all.find("odd\nname") == all.npos);
}

TEST_CASE("import: secrets with a folder -> files of mode 0600, and none in the text") {
  const TempDir folder;
  const std::string secrets = folder.file("secrets");
  const auto file = imported(fixture("secrets"), secrets);
  INFO(file.yaml);
  CHECK(file.messages.empty());
  CHECK(file.yaml.find("hunter2") == file.yaml.npos);
  const auto modules = loaded(file.yaml);
  const auto holds = [](const std::string& path, const std::string& secret) {
    struct stat st {};
    return ::stat(path.c_str(), &st) == 0 && (st.st_mode & 07777) == 0600 &&
           read_all(path) == secret;
  };
  CHECK(holds(named(modules, "basic").http.basic_auth->password_file, "hunter2-1"));
  CHECK(holds(named(modules, "authorization").http.authorization->credentials_file, "hunter2-2"));
  CHECK(holds(named(modules, "bearer").http.authorization->credentials_file, "hunter2-3"));
  CHECK(holds(named(modules, "oauth2").http.oauth2->client_secret_file, "hunter2-4"));
  const HttpModule& http = named(modules, "headers").http;
  CHECK(http.headers == HeaderList{{"Accept", "text/plain"}, {"X-Plain", "a"}});
  REQUIRE(http.header_files.size() == 6);
  CHECK(http.header_files[0] == std::pair<std::string, std::string>{"X-Plain", "/run/more"});
  const std::vector<std::pair<std::string, std::string>> expected = {{"X-Plain", "hunter2-7"},
                                                                     {"X-Plain", "hunter2-8"},
                                                                     {"X-Auth-Token", "hunter2-9"},
                                                                     {"Cookie", "hunter2-5"},
                                                                     {"X-Api-Key", "hunter2-6"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(http.header_files[i + 1].first == expected[i].first);
    CHECK(holds(http.header_files[i + 1].second, expected[i].second));
  }
  CHECK(holds(named(modules, "body").http.body_file, "{\"password\": \"hunter2-10\"}"));
  const TlsClientOptions& tls = named(modules, "tls").http.tls;
  CHECK((holds(tls.ca_file, "hunter2-11") && holds(tls.cert_file, "hunter2-12") &&
         holds(tls.key_file, "hunter2-13")));
  CHECK(holds(named(modules, "tcp_tls").tcp.tls_config.key_file, "hunter2-14"));
  const auto odd = named(modules, "../odd name").http.basic_auth->password_file;
  CHECK((odd.starts_with(secrets + "/") && holds(odd, "hunter2-15")));
  CHECK(holds(named(modules, ".._odd_name").http.basic_auth->password_file, "hunter2-16"));
  struct stat st {};
  CHECK((::stat(secrets.c_str(), &st) == 0 && (st.st_mode & 07777) == 0700));
}

TEST_CASE("import: secrets without a folder -> a path to fill in, and a word on each") {
  const auto file = imported(fixture("secrets"));
  CHECK(file.yaml.find("hunter2") == file.yaml.npos);
  const auto modules = loaded(file.yaml);
  CHECK(named(modules, "basic").http.basic_auth->password_file ==
        "/etc/lw/secrets/basic.basic_auth.password");
  CHECK(file.messages.size() == 16);
  CHECK(has_message(file, "put basic_auth.password into secrets/basic.basic_auth.password"));
}

TEST_CASE("import: twice with one folder -> the same; another secret there -> not overwritten") {
  const TempDir folder;
  const std::string secrets = folder.file("secrets");
  const auto first = imported(fixture("secrets"), secrets);
  CHECK(imported(fixture("secrets"), secrets).yaml == first.yaml);
  const std::string file = secrets + "/basic.basic_auth.password";
  std::ofstream(file) << "another";
  ImportSecrets again(secrets);
  REQUIRE(import_blackbox(fixture("secrets"), "x", again).ok());
  const auto error = again.write();
  REQUIRE(error.has_value());
  CHECK(error->message() == file + ": is there already and holds something else");
  CHECK(read_all(file) == "another");
}

TEST_CASE("import: its own output -> the same modules") {
  for (const char* name : {"example", "carried", "lossy", "anchors", "secrets"}) {
    INFO(name);
    const auto first = imported(fixture(name));
    const auto second = imported(first.yaml);
    CHECK(second.messages.empty());
    CHECK(loaded(second.yaml) == loaded(first.yaml));
  }
}

TEST_CASE("import: parts that are lost -> the rest is kept, and each is named") {
  const auto file = imported(fixture("lossy"));
  const auto modules = loaded(file.yaml);
  CHECK(modules.size() == 4);
  CHECK(named(modules, "labels").tcp.query_response.at(0).expect == "^SSH-2.0-([^ -]+)");
  CHECK(named(modules, "unknown_key").http.method == "HEAD");
  CHECK(named(modules, "large_body").http.body_size_limit == 0u);
  CHECK(has_message(file, "\"labels\": not carried over: labels of query_response"));
  CHECK(has_message(file, "\"unknown_key\": not carried over: the key \"retries\" is not known"));
  CHECK(has_message(file, "\"unknown_key\": not carried over: the key \"use_proxy_dns\""));
  CHECK(has_message(file, "\"x-template\": not a known key"));
  CHECK(file.messages.size() == 4);
  CHECK(file.yaml.find("# was 1GB512MB;") != file.yaml.npos);
  CHECK(file.yaml.find("# The section icmp had no effect") != file.yaml.npos);
}

TEST_CASE("import: anchors and merge keys -> resolved as yaml.v3 does") {
  const auto modules = loaded(imported(fixture("anchors")).yaml);
  CHECK(named(modules, "other").timeout_s == 7.0);
  CHECK(named(modules, "other").http.redirects.mode == RedirectMode::kNone);
  const HttpModule& nested = named(modules, "nested").http;
  CHECK((nested.method == "HEAD" && nested.preferred_ip_protocol == IpProtocol::kIp4));
  CHECK((nested.fail_if_not_ssl && nested.redirects.mode == RedirectMode::kNone));
  CHECK(named(modules, "alias").timeout_s == 5.0);
}

TEST_CASE("import: values in Go's forms -> ours") {
  const auto timeout = [](const std::string& text) {
    return loaded(imported("modules: {m: {prober: http, timeout: " + text + "}}").yaml)
        .at(0)
        .timeout_s;
  };
  CHECK(timeout("59m0m0.5s") == 3540.5);
  CHECK(timeout("1500us") == 0.0015);
  CHECK(timeout("1500\xc2\xb5s") == 0.0015);
  CHECK(timeout("2000000ns") == 0.002);
  CHECK_FALSE(timeout("0s").has_value());
  CHECK_FALSE(timeout("0").has_value());
  const auto limit = [](const std::string& text) {
    return loaded(
               imported("modules: {m: {prober: http, http: {body_size_limit: " + text + "}}}").yaml)
        .at(0)
        .http.body_size_limit;
  };
  CHECK(limit("1KB") == 1024u);
  CHECK(limit("1MiB512KB") == (1536u << 10));
  CHECK(limit("0") == 0u);
  CHECK(limit("17MB") == 0u);
}

TEST_CASE("import: no blackbox.yml at all -> an error") {
  ImportSecrets secrets("");
  const auto message = [&](const std::string& text) {
    const auto file = import_blackbox(text, "b.yml", secrets);
    return file ? "accepted" : file.error().message();
  };
  CHECK(message("") == "b.yml: expected a map of modules, as in blackbox.yml");
  CHECK(message("modules: [a]") == "b.yml: expected a map of modules, as in blackbox.yml");
  CHECK(message("scrape_configs: []") == "b.yml: expected a map of modules, as in blackbox.yml");
  CHECK(message("modules:\n  a: {prober: http}\n  a: {prober: tcp}\n") ==
        "b.yml:3: a: a key twice");
  CHECK(message("a: [").starts_with("b.yml:1: expected YAML"));
}

TEST_CASE("import: no module -> an empty section that loads") {
  CHECK(loaded(imported("modules: {}").yaml).empty());
}

}  // namespace
}  // namespace litewatch
