#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "probe/health.h"
#include "probe/module.h"

namespace litewatch {

// The words of the configuration, for reading and writing alike.

template <class T, std::size_t kSize>
using WordTable = std::array<std::pair<std::string_view, T>, kSize>;

inline constexpr WordTable<ProberKind, 3> kProbers = {
    {{"http", ProberKind::kHttp}, {"tcp", ProberKind::kTcp}, {"unix", ProberKind::kUnix}}};

inline constexpr WordTable<IpProtocol, 2> kIpProtocols = {
    {{"ip4", IpProtocol::kIp4}, {"ip6", IpProtocol::kIp6}}};

inline constexpr WordTable<int, 4> kTlsVersions = {
    {{"TLS10", 0x0301}, {"TLS11", 0x0302}, {"TLS12", 0x0303}, {"TLS13", 0x0304}}};

inline constexpr WordTable<RedirectMode, 4> kRedirectModes = {
    {{"same-host", RedirectMode::kSameHost},
     {"none", RedirectMode::kNone},
     {"any", RedirectMode::kAny},
     {"list", RedirectMode::kList}}};

inline constexpr WordTable<HealthOptions::FailOn, 3> kFailOn = {
    {{"fail", HealthOptions::FailOn::kFail},
     {"warn", HealthOptions::FailOn::kWarn},
     {"never", HealthOptions::FailOn::kNever}}};

inline constexpr WordTable<HealthStatus, 4> kHealthStatuses = {
    {{"pass", HealthStatus::kPass},
     {"warn", HealthStatus::kWarn},
     {"fail", HealthStatus::kFail},
     {"unknown", HealthStatus::kUnknown}}};

inline constexpr WordTable<bool, 2> kConnections = {{{"fresh", false}, {"reuse", true}}};

}  // namespace litewatch
