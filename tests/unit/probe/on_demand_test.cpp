#include "probe/run/on_demand.h"

#include "catch.h"

namespace litewatch {
namespace {

using Status = ProbeReply::Status;

ProberConfig config() {
  ProberConfig config;
  ProbeTarget shop;
  shop.name = "shop";
  shop.app = "shop";
  shop.url = "http://127.0.0.1:3000/healthz";
  config.targets.push_back(shop);
  ProbeTarget mail;
  mail.name = "mail";
  mail.module = "tcp_connect";
  mail.url = "127.0.0.1:25";
  mail.timeout_s = 3;
  config.targets.push_back(mail);
  ProbeModule strict;
  strict.name = "strict";
  strict.timeout_s = 2;
  strict.http.headers = {{"host", "shop.example"}};
  config.modules.push_back(strict);
  return config;
}

std::shared_ptr<const ProbePlan> plan(const ProberConfig& from = config()) {
  auto made = make_plan(from, ProbePlan());
  REQUIRE(made.ok());
  for (const PlannedTarget& planned : (*made)->targets) {
    planned.record->describe(planned.target, *planned.module->module, planned.endpoint.host, false);
  }
  return *made;
}

ProbeQuery query(const std::string& target, const std::string& module = "") {
  ProbeQuery query;
  query.target = target;
  query.module = module;
  return query;
}

Status status(const ProbePlan& made, const ProbeQuery& asked) {
  const auto answer = answer_query(made, asked);
  const auto* reply = std::get_if<ProbeReply>(&answer);
  if (reply && reply->status != Status::kDone) CHECK_FALSE(reply->problem.empty());
  return reply ? reply->status : Status::kDone;
}

OnDemandOrder order(const ProbePlan& made, const ProbeQuery& asked) {
  auto answer = answer_query(made, asked);
  REQUIRE(std::holds_alternative<OnDemandOrder>(answer));
  return std::move(std::get<OnDemandOrder>(answer));
}

}  // namespace

TEST_CASE("on demand: a configured name -> its own module, its own history") {
  const auto made = plan();
  ProbeQuery asked = query("shop");
  asked.debug = true;
  asked.scrape_timeout_s = 5;
  const auto found = order(*made, asked);
  CHECK(found.order.target == made->targets[0].target);
  CHECK(found.order.module->module->name == "http_2xx");
  CHECK(found.order.debug);
  CHECK(found.order.timeout_s == 4.5);
  CHECK(found.record == made->targets[0].record);
  CHECK(found.order.policy == made->policy);
  CHECK(order(*made, query("mail")).order.timeout_s == 3);
}

TEST_CASE("on demand: another module or host name -> probed, but not part of the history") {
  const auto made = plan();
  const auto other = order(*made, query("shop", "strict"));
  CHECK(other.order.target->module == "strict");
  CHECK(other.order.target->url == "http://127.0.0.1:3000/healthz");
  CHECK(other.order.timeout_s == 2);
  CHECK(other.record == nullptr);
  ProbeQuery named = query("shop");
  named.hostname = "shop.example";
  const auto found = order(*made, named);
  CHECK(found.order.target->hostname == "shop.example");
  CHECK(found.record == nullptr);
  CHECK(order(*made, query("shop", "http_2xx")).record != nullptr);
}

TEST_CASE("on demand: what cannot be -> the right refusal") {
  const auto made = plan();
  CHECK(status(*made, query("")) == Status::kBadRequest);
  CHECK(status(*made, query("nobody")) == Status::kUnknownTarget);
  CHECK(status(*made, query("http://127.0.0.1:3000/healthz")) == Status::kUnknownTarget);
  CHECK(status(*made, query("shop", "nothing")) == Status::kUnknownModule);
  CHECK(status(*made, query("nobody", "nothing")) == Status::kUnknownModule);
  CHECK(status(*made, query("shop", "tcp_connect")) == Status::kBadRequest);
  CHECK(status(*made, query("mail", "http_2xx")) == Status::kBadRequest);
  ProbeQuery named = query("shop");
  for (const char* bad : {"a b", "a\r\nX: y", "a/b", "u@a"}) {
    named.hostname = bad;
    CHECK(status(*made, named) == Status::kBadRequest);
  }
  named.module = "strict";  // which sets another Host field
  named.hostname = "other.example";
  CHECK(status(*made, named) == Status::kBadRequest);
  named.hostname = "shop.example";
  CHECK(status(*made, named) == Status::kDone);
}

TEST_CASE("on demand: cached -> the last result of the target's own module, or nothing") {
  const auto made = plan();
  ProbeQuery asked = query("shop");
  asked.cached = true;
  CHECK(status(*made, asked) == Status::kNothingCached);
  const auto seen = std::make_shared<const ProbeResult>();
  made->targets[0].record->add(seen, 1000);
  const auto answer = answer_query(*made, asked);
  REQUIRE(std::holds_alternative<ProbeReply>(answer));
  CHECK(std::get<ProbeReply>(answer).result == seen);
  CHECK(std::get<ProbeReply>(answer).module->name == "http_2xx");
  asked.module = "strict";
  CHECK(status(*made, asked) == Status::kNothingCached);
  asked = query("http://127.0.0.1/");
  asked.cached = true;
  CHECK(status(*made, asked) == Status::kNothingCached);
}

TEST_CASE("on demand: a raw URL that is allowed -> its own policy, redirects checked") {
  ProberConfig from = config();
  from.options.raw_targets.enabled = true;
  from.options.raw_targets.schemes = {"http"};
  from.options.raw_targets.hosts = {"*.example"};
  from.options.raw_targets.networks = {"10.0.0.0/8"};
  const auto made = plan(from);
  const auto found = order(*made, query("a.example/health"));
  CHECK(found.order.target->url == "http://a.example/health");
  CHECK(found.order.target->module == "http_2xx");
  CHECK(found.order.timeout_s == 10);
  CHECK(found.record == nullptr);
  CHECK(found.order.policy == made->raw_policy);
  CHECK_FALSE(found.order.policy->refusal(*parse_address("192.0.2.1")).empty());
  CHECK(found.order.policy->refusal(*parse_address("10.2.3.4")).empty());
  CHECK(found.order.check_url("http://b.example/").empty());
  CHECK_FALSE(found.order.check_url("http://b.invalid/").empty());
  ProbeQuery named = query("http://a.example/");
  named.hostname = "a.invalid";
  CHECK(status(*made, named) == Status::kUnknownTarget);
  CHECK(status(*made, query("http://a.invalid/")) == Status::kUnknownTarget);
}

TEST_CASE("plan: a mistake in the configuration -> an error that names it") {
  const auto problem = [](const ProberConfig& from) {
    const auto made = make_plan(from, ProbePlan());
    return made.ok() ? std::string() : made.error().message();
  };
  ProberConfig from = config();
  CHECK(problem(from).empty());
  from.targets[0].module = "none";
  CHECK(problem(from).find("shop") != std::string::npos);
  from = config();
  from.targets.push_back(from.targets[0]);
  CHECK(problem(from).find("twice") != std::string::npos);
  from = config();
  from.targets[0].url = "ftp://127.0.0.1/";
  CHECK(problem(from).find("shop") != std::string::npos);
  from = config();
  from.options.allow_link_local = {"10.0.0.0/99"};
  CHECK(problem(from).find("10.0.0.0/99") != std::string::npos);
  from = config();
  from.modules[0].http.body_file = "/no/such/file";
  CHECK(problem(from).find("/no/such/file") != std::string::npos);
}

TEST_CASE("plan: configured again -> unchanged modules and histories are shared, others are not") {
  ProberConfig from = config();
  const auto before = plan(from);
  from.modules[0].timeout_s = 7;
  from.targets[0].interval_s = 60;
  from.targets[1].url = "127.0.0.1:26";
  const auto made = make_plan(from, *before);
  REQUIRE(made.ok());
  const ProbePlan& after = **made;
  CHECK(after.modules.find("http_2xx")->second.prepared ==
        before->modules.find("http_2xx")->second.prepared);
  CHECK(after.modules.find("strict")->second.prepared !=
        before->modules.find("strict")->second.prepared);
  CHECK(after.find("shop")->record == before->find("shop")->record);
  CHECK(after.find("mail")->record != before->find("mail")->record);
  CHECK(before->find("shop")->target->interval_s == 15);
  CHECK(after.find("nobody") == nullptr);
}

}  // namespace litewatch
