#include "probe/net/resolver.h"

#include <ares.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <deque>
#include <fstream>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ascii.h"
#include "probe/net/dns_failure.h"
#include "probe/net/hosts_file.h"
#include "probe/net/name_servers.h"

namespace litewatch {
namespace {

// c-ares doubles the wait for each round of tries: 0.6 + 1.2 + 2.4 s for one server, so that the
// common probe timeout of 5 s is not over before a dead server shows.
constexpr int kFirstTry_ms = 600;
constexpr int kTries = 3;
/// How often c-ares looks for tries that are over. Asking it when the next one is would cost a walk
/// over all queries for each.
constexpr double kTick_s = 0.05;
constexpr double kFileCheck_s = 1;

int initialize_cares() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

Error cares_error(const char* what, int status) {
  return {ErrorKind::kInternal, std::string(what) + ": " + ares_strerror(status), "", 0};
}

// ARES_OPT_*, macros that came with the options below.
constexpr int kMaxQueriesOption = 1 << 19;
constexpr int kQueryCacheOption = 1 << 21;

/// Gives up what c-ares does since 1.31, and returns the options for it: keeping answers as long as
/// they may be kept, when a probe asks anew, and counting a malformed answer against every query of
/// its socket: each gets its own.
template <class Options>
int keep_queries_apart(Options& options) {
  if constexpr (requires { options.qcache_max_ttl, options.udp_max_queries; }) {
    options.qcache_max_ttl = 0;
    options.udp_max_queries = 1;
    return kQueryCacheOption | kMaxQueriesOption;
  }
  return 0;
}

/// Tells one state of a file from another.
struct FileStamp {
  ino_t inode = 0;
  off_t size = -1;
  timespec modified{};

  static FileStamp of(const std::string& path) {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) return {};
    return {st.st_ino, st.st_size, st.st_mtim};
  }
  bool operator==(const FileStamp& other) const {
    return inode == other.inode && size == other.size && modified.tv_sec == other.modified.tv_sec &&
           modified.tv_nsec == other.modified.tv_nsec;
  }
};

/// What a name was asked for with, and what becomes of it.
struct Query {
  std::string name;
  IpProtocol preferred = IpProtocol::kIp6;
  bool fallback = true;
  std::function<void(Resolution)> done;
  bool answered = false;  ///< waits for its delivery only

  bool wants(const Address& address) const { return fallback || address.protocol == preferred; }
  Resolution choose(const std::vector<Address>& addresses) const;
};

Resolution Query::choose(const std::vector<Address>& addresses) const {
  std::optional<Address> other;
  for (const Address& address : addresses) {
    if (address.protocol == preferred) return {ProbeReason::kNone, "", address};
    if (fallback && !other) other = address;
  }
  return other ? Resolution{ProbeReason::kNone, "", *other} : no_address(name, preferred, fallback);
}

std::vector<Address> addresses_of(const ares_addrinfo& found) {
  std::vector<Address> addresses;
  for (const ares_addrinfo_node* node = found.nodes; node != nullptr; node = node->ai_next) {
    if (const auto address = from_sockaddr(*node->ai_addr)) addresses.push_back(*address);
  }
  return addresses;
}

/// The names that never leave the machine (RFC 6761, section 6.3).
bool is_localhost(std::string_view name) {
  const std::string lower = ascii_lower(name);
  return lower == "localhost" || lower.ends_with(".localhost");
}

}  // namespace

struct Resolver::State {
  /// What c-ares gives back with an answer; the query may be cancelled by then.
  struct Ticket {
    State* state;
    QueryId id;
  };

  State(Loop& the_loop, std::string the_resolv_conf, std::string the_hosts_file)
      : loop(the_loop),
        resolv_conf(std::move(the_resolv_conf)),
        hosts_file(std::move(the_hosts_file)),
        stamp(FileStamp::of(resolv_conf)) {
    read_hosts_if_changed();
  }
  ~State();

  std::optional<Error> open();
  std::optional<Error> set_servers();
  void follow_files();
  void reopen_if_changed();
  void read_hosts_if_changed();
  std::optional<Resolution> known(const Query& query) const;
  void ask(QueryId id, const Query& query);
  void answer(QueryId id, Resolution resolution);
  void deliver();
  void deliver_soon();
  void tick();

  static void on_socket(void* state, ares_socket_t fd, int readable, int writable);
  static void on_answer(void* ticket, int status, int timeouts, ares_addrinfo* found);

  Loop& loop;
  const std::string resolv_conf;
  const std::string hosts_file;
  std::vector<std::pair<Address, std::uint16_t>> servers;
  FileStamp stamp;  ///< of resolv_conf
  HostsFile hosts;
  FileStamp hosts_stamp;
  double stamped_s = 0;
  ares_channel channel = nullptr;

  QueryId last_id = 0;
  std::unordered_map<QueryId, Query> queries;
  std::size_t asked = 0;  ///< of c-ares and not yet answered, cancelled ones among them
  std::deque<std::pair<QueryId, Resolution>> answers;
  Loop::TimerId ticker = 0;
  Loop::TimerId delivery = 0;
};

Resolver::State::~State() {
  const auto ended = std::exchange(queries, {});  // what they hold may cancel
  if (channel != nullptr) ares_destroy(channel);  // calls on_answer for all there are
  loop.cancel_timer(ticker);
  loop.cancel_timer(delivery);
}

std::optional<Error> Resolver::State::open() {
  ares_options options{};
  options.timeout = kFirstTry_ms;
  options.tries = kTries;
  options.sock_state_cb = on_socket;
  options.sock_state_cb_data = this;
  options.resolvconf_path = const_cast<char*>(resolv_conf.c_str());  // copied
  // Name servers only: c-ares since 1.20 gives a name of the hosts file also the addresses of
  // others that share one with it.
  std::string lookups = "b";
  options.lookups = lookups.data();  // copied
  const int status =
      ares_init_options(&channel, &options,
                        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                            ARES_OPT_RESOLVCONF | ARES_OPT_LOOKUPS | keep_queries_apart(options));
  if (status == ARES_SUCCESS) return servers.empty() ? std::nullopt : set_servers();
  channel = nullptr;
  return cares_error("cannot set up the resolver", status);
}

std::optional<Error> Resolver::State::set_servers() {
  std::string list;
  for (const auto& [address, port] : servers) {
    if (!list.empty()) list += ',';
    const bool brackets = address.protocol == IpProtocol::kIp6;
    list += (brackets ? '[' + to_string(address) + ']' : to_string(address)) + ':';
    list += std::to_string(port);
  }
  const int status = ares_set_servers_ports_csv(channel, list.c_str());
  if (status == ARES_SUCCESS) return std::nullopt;
  return cares_error("cannot set the name servers", status);
}

void Resolver::State::follow_files() {
  if (loop.now_s() - stamped_s < kFileCheck_s) return;
  stamped_s = loop.now_s();
  reopen_if_changed();
  read_hosts_if_changed();
}

void Resolver::State::read_hosts_if_changed() {
  const FileStamp current = FileStamp::of(hosts_file);
  if (current == hosts_stamp) return;
  std::ifstream text(hosts_file);
  hosts = HostsFile::read(text);
  hosts_stamp = current;
}

/// What no name server is asked for. As with getaddrinfo, a name that the hosts file gives another
/// family only is asked for.
std::optional<Resolution> Resolver::State::known(const Query& query) const {
  static const std::vector<Address> kLoopback = {*parse_address("::1"),
                                                 *parse_address("127.0.0.1")};
  Resolution listed = query.choose(hosts.addresses(query.name));
  if (listed.reason == ProbeReason::kNone) return listed;
  if (is_localhost(query.name)) return query.choose(kLoopback);
  return std::nullopt;
}

// A pod's or a laptop's resolv.conf changes under a running program. Queries under way start anew:
// the servers they wait for may be those that are gone.
void Resolver::State::reopen_if_changed() {
  const FileStamp current = FileStamp::of(resolv_conf);
  if (current == stamp) return;
  const ares_channel old = std::exchange(channel, nullptr);
  if (open()) {
    channel = old;  // out of memory: the old servers are better than none; tried again in a second
    return;
  }
  stamp = current;
  ares_destroy(old);
  for (const auto& [id, query] : queries) {
    if (!query.answered) ask(id, query);
  }
}

void Resolver::State::ask(QueryId id, const Query& query) {
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT;
  hints.ai_socktype = SOCK_STREAM;  // else every address comes once for each kind of socket
  hints.ai_family = AF_UNSPEC;
  if (!query.fallback) hints.ai_family = query.preferred == IpProtocol::kIp4 ? AF_INET : AF_INET6;
  ++asked;
  ares_getaddrinfo(channel, query.name.c_str(), nullptr, &hints, on_answer, new Ticket{this, id});
  if (asked != 0 && ticker == 0) tick();
}

void Resolver::State::tick() {
  ticker = 0;
  if (asked == 0) return;
  ticker = loop.start_timer(loop.now_s() + kTick_s, [this] {
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    deliver();
    tick();
  });
}

void Resolver::State::on_socket(void* user, ares_socket_t fd, int readable, int writable) {
  auto* const state = static_cast<State*>(user);
  if (readable == 0 && writable == 0) {
    state->loop.unwatch(fd);
    return;
  }
  const std::uint32_t events = (readable != 0 ? EPOLLIN : 0u) | (writable != 0 ? EPOLLOUT : 0u);
  state->loop.watch(fd, events, [state, fd](std::uint32_t ready) {
    const bool read = (ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
    const bool write = (ready & EPOLLOUT) != 0;
    ares_process_fd(state->channel, read ? fd : ARES_SOCKET_BAD, write ? fd : ARES_SOCKET_BAD);
    state->deliver();
  });
}

void Resolver::State::on_answer(void* user, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<Ticket> ticket(static_cast<Ticket*>(user));
  const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> addresses(found,
                                                                           ares_freeaddrinfo);
  State& state = *ticket->state;
  --state.asked;
  const auto query = state.queries.find(ticket->id);
  // A channel that ends takes its queries along; those still wanted are asked anew.
  if (query == state.queries.end() || status == ARES_EDESTRUCTION) return;
  if (status == ARES_SUCCESS && addresses != nullptr) {
    state.answer(ticket->id, query->second.choose(addresses_of(*addresses)));
  } else if (status == ARES_ENODATA) {
    const Query& asked = query->second;
    state.answer(ticket->id, no_address(asked.name, asked.preferred, asked.fallback));
  } else {
    state.answer(ticket->id, dns_failure(query->second.name, status));
  }
}

void Resolver::State::answer(QueryId id, Resolution resolution) {
  queries[id].answered = true;
  answers.emplace_back(id, std::move(resolution));
}

// Answers are handed over outside of c-ares: what is called may ask again, which may end the
// channel. Those that came while asking need a timer of their own.
void Resolver::State::deliver_soon() {
  if (answers.empty() || delivery != 0) return;
  delivery = loop.start_timer(loop.now_s(), [this] {
    delivery = 0;
    deliver();
  });
}

void Resolver::State::deliver() {
  while (!answers.empty()) {
    auto [id, resolution] = std::move(answers.front());
    answers.pop_front();
    const auto found = queries.find(id);
    if (found == queries.end()) continue;  // cancelled
    const auto done = std::move(found->second.done);
    queries.erase(found);
    done(std::move(resolution));
  }
}

Result<std::unique_ptr<Resolver>> Resolver::create(Loop& loop,
                                                   const std::vector<std::string>& servers,
                                                   const std::string& resolv_conf,
                                                   const std::string& hosts) {
  if (const int status = initialize_cares(); status != ARES_SUCCESS) {
    return cares_error("cannot initialize c-ares", status);
  }
  auto state = std::make_unique<State>(loop, resolv_conf, hosts);
  for (const std::string& text : servers) {
    const auto server = parse_name_server(text);
    if (!server) {
      return Error{ErrorKind::kMalformed,
                   "name server " + text + " is not an address with or without a port, such as " +
                       "192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353",
                   "", 0};
    }
    state->servers.push_back(*server);
  }
  if (auto error = state->open()) return *std::move(error);
  return std::unique_ptr<Resolver>(new Resolver(std::move(state)));
}

Resolver::Resolver(std::unique_ptr<State> state) : state_(std::move(state)) {}
Resolver::~Resolver() = default;

Resolver::QueryId Resolver::resolve(const std::string& name, IpProtocol preferred, bool fallback,
                                    std::function<void(Resolution)> done) {
  State& state = *state_;
  state.follow_files();
  const QueryId id = ++state.last_id;
  const Query& query =
      state.queries.emplace(id, Query{name, preferred, fallback, std::move(done)}).first->second;
  if (const auto literal = parse_address(name)) {
    state.answer(id, query.wants(*literal) ? Resolution{ProbeReason::kNone, "", *literal}
                                           : no_address(name, preferred, fallback));
  } else if (!is_host_name(name)) {
    state.answer(id, dns_failure(name, ARES_EBADNAME));
  } else if (const auto known = state.known(query)) {
    state.answer(id, *known);
  } else {
    state.ask(id, query);
  }
  state.deliver_soon();
  return id;
}

void Resolver::cancel(QueryId query) { state_->queries.erase(query); }

}  // namespace litewatch
