#include "support/fake_dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace litewatch {
namespace {

// RFC 1035, section 4.1: a header of 12 bytes
//   0 id | 2 flags | 4 questions | 6 answers | 8 authorities | 10 additional
// then the question: labels, each after its length, to an empty one; type; class.
constexpr std::size_t kHeader = 12;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kAnswerFlags = 0x8180;  // a response, recursion desired and available
constexpr std::uint16_t kServfail = 2;
constexpr std::uint16_t kNxdomain = 3;

void put16(std::string& bytes, unsigned value) {
  bytes += static_cast<char>(value >> 8 & 0xff);
  bytes += static_cast<char>(value & 0xff);
}

struct Question {
  std::string name;
  std::uint16_t type = 0;
  std::size_t end = 0;  ///< where it ends in the query
};

Question read_question(const std::string& query) {
  Question question;
  std::size_t at = kHeader;
  while (at < query.size() && query[at] != 0) {
    const auto length = static_cast<unsigned char>(query[at]);
    if (!question.name.empty()) question.name += '.';
    question.name += query.substr(at + 1, length);
    at += 1 + length;
  }
  for (char& c : question.name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (at + 5 > query.size()) return {};
  question.type = static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 1]) << 8 |
                                             static_cast<unsigned char>(query[at + 2]));
  question.end = at + 5;
  return question;
}

std::string record(std::uint16_t type, const std::string& address) {
  std::array<char, 16> octets{};
  const bool ip4 = type == kTypeA;
  if (inet_pton(ip4 ? AF_INET : AF_INET6, address.c_str(), octets.data()) != 1) {
    throw std::runtime_error("not an address: " + address);
  }
  const unsigned size = ip4 ? 4 : 16;
  std::string bytes("\xc0\x0c", 2);  // the name of the question
  put16(bytes, type);
  put16(bytes, 1);  // IN
  put16(bytes, 0);
  put16(bytes, 1);  // lives one second
  put16(bytes, size);
  return bytes.append(octets.data(), size);
}

std::string reply(const std::string& query, const Question& question, std::uint16_t code,
                  const std::vector<std::string>& addresses) {
  std::string bytes = query.substr(0, 2);
  put16(bytes, kAnswerFlags | code);
  put16(bytes, 1);
  put16(bytes, static_cast<unsigned>(addresses.size()));
  put16(bytes, 0);
  put16(bytes, 0);
  bytes += query.substr(kHeader, question.end - kHeader);
  for (const std::string& address : addresses) bytes += record(question.type, address);
  return bytes;
}

Fd bound_udp() {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd.valid() ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind a UDP port");
  }
  return fd;
}

int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

FakeDns::FakeDns(std::map<std::string, DnsRecord> records)
    : records_(std::move(records)),
      socket_(bound_udp()),
      end_(eventfd(0, EFD_CLOEXEC)),
      port_(port_of(socket_.get())),
      thread_([this] { serve(); }) {}

FakeDns::~FakeDns() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(end_.get(), &one, sizeof one);
  thread_.join();
}

std::string FakeDns::address() const { return "127.0.0.1:" + std::to_string(port_); }

void FakeDns::serve() {
  for (;;) {
    std::array<pollfd, 2> polled{{{socket_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), -1);
    if (polled[1].revents != 0) return;
    std::string query(2048, '\0');
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(socket_.get(), query.data(), query.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    if (got < static_cast<ssize_t>(kHeader)) continue;
    query.resize(static_cast<std::size_t>(got));
    ++queries_;
    const std::string bytes = answer(query);
    if (bytes.empty()) continue;
    ::sendto(socket_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from),
             size);
  }
}

std::string FakeDns::answer(const std::string& query) const {
  const Question question = read_question(query);
  const auto found = records_.find(question.name);
  if (found == records_.end()) return reply(query, question, kNxdomain, {});
  const DnsRecord& known = found->second;
  const bool ip4 = question.type == kTypeA;
  const std::string good = reply(
      query, question, 0,
      ip4 ? known.ip4 : (question.type == kTypeAaaa ? known.ip6 : std::vector<std::string>()));
  switch (known.kind) {
    case DnsRecord::Kind::kAddresses:
      return good;
    case DnsRecord::Kind::kNxdomain:
      return reply(query, question, kNxdomain, {});
    case DnsRecord::Kind::kServfail:
      return reply(query, question, kServfail, {});
    case DnsRecord::Kind::kSilence:
      return "";
    case DnsRecord::Kind::kGarbage:
      return query.substr(0, 2) + std::string(40, '\xff');
    case DnsRecord::Kind::kTruncated:
      return good.substr(0, good.size() - 6);
  }
  return "";
}

}  // namespace litewatch
