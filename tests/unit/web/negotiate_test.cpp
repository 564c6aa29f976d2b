#include "web/negotiate.h"

#include <string>
#include <utility>

#include "catch.h"

using namespace litewatch;

TEST_CASE("negotiate: Accept -> format") {
  const auto text = Format::kText;
  const auto om = Format::kOpenMetrics;
  const std::pair<std::string, Format> cases[] = {
      {"", text},
      {"*/*", text},
      {"text/plain", text},
      {"text/html,application/xhtml+xml,*/*;q=0.8", text},
      {"application/openmetrics-text", om},
      {"application/openmetrics-text;version=1.0.0", om},
      {"application/openmetrics-text; version=0.0.1; charset=utf-8", om},
      {"application/openmetrics-text;version=\"1.0.0\"", om},
      {"Application/OpenMetrics-Text", om},
      {"application/openmetrics-text;version=2.0.0", text},
      {"application/openmetrics-text;q=0", text},
      {"application/openmetrics-text;q=0.0,text/plain;q=0", text},
      // Prometheus 2.42
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       om},
      // Prometheus 3
      {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/"
       "openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
       "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
       om},
      // Prometheus with PrometheusText0.0.4 first
      {"text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4", text},
      {"application/openmetrics-text;q=0.4,text/plain;q=0.5", text},
      // Equal weights: what is first, and a name before a wildcard.
      {"text/plain,application/openmetrics-text", text},
      {"application/openmetrics-text,text/plain", om},
      {"*/*,application/openmetrics-text", om},
      {"*/*;q=0.9,application/openmetrics-text;q=0.5", text},
      // The most specific range decides about text.
      {"text/plain;q=0.1,*/*;q=1,application/openmetrics-text;q=0.5", om},
      {"text/*;q=0.9,application/openmetrics-text;q=0.5", text},
      // Malformed
      {"application/openmetrics-text;q=2", text},
      {"application/openmetrics-text;q=x", text},
      {"application/openmetrics-text;q=nan", text},
      {";;;,,,", text},
      {"application/openmetrics-text;q", text},
  };
  for (const auto& [accept, format] : cases) {
    CAPTURE(accept);
    CHECK(negotiate_format(accept) == format);
  }
}

TEST_CASE("negotiate: Accept-Encoding -> gzip or not") {
  const std::pair<std::string, bool> cases[] = {
      {"", false},
      {"gzip", true},
      {"GZIP", true},
      {"x-gzip", true},
      {"gzip, deflate, br, zstd", true},
      {"deflate, gzip;q=1.0, *;q=0.5", true},
      {"gzip;q=0", false},
      {"gzip; q=0.000", false},
      {"*", true},
      {"*;q=0", false},
      {"gzip;q=0, *", false},
      {"identity", false},
      {"identity, gzip", true},
      {"identity;q=1, gzip;q=0.5", false},
      {"br", false},
      {"gzip;q=high", false},
      {"gzipped", false},
  };
  for (const auto& [accept, expected] : cases) {
    CAPTURE(accept);
    CHECK(accepts_gzip(accept) == expected);
  }
}
