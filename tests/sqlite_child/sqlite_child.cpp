// A process with SQLite in it, for tests: an app to watch, driven line by line.
//
//   open NAME PATH [FLAGS]  open a connection; FLAGS from: ro, nocreate, uri
//   open PATH               the same as NAME "main"; a NAME has no slash in it
//   exec [NAME] SQL         run statements, drop their rows
//   query [NAME] SQL        the first row; no row: "row" alone
//   step [NAME] SQL         prepare, step once, keep it open: a reader that lasts
//   reset [NAME]            end what step began
//   close [NAME]
//   drop-locks PATH         open and close a file raw: this process loses its POSIX locks on it
//   lock PATH START COUNT MODE  a lock of SQLite's by hand; MODE: read, write or none. Not on a
//                           file that a connection here has open: that would share its locks
//   version                 "row" and SQLITE_VERSION_NUMBER
//   kill                    SIGKILL to itself
//
// Every line is answered by one line: "ok", "row a|b|c" or "err CODE text". NAME may be left out
// where a connection "main" is meant. In texts, newlines and backslashes are written \n and \\.
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace {

struct Connection {
  sqlite3* db = nullptr;
  sqlite3_stmt* reader = nullptr;
};

class Child {
 public:
  ~Child() {
    for (auto& [name, connection] : connections_) close(connection);
  }

  std::string answer(std::string_view line) {
    const std::string_view verb = take_word(line);
    if (verb == "open") return open(line);
    if (verb == "drop-locks") return drop_locks(std::string(line));
    if (verb == "lock") return lock(line);
    if (verb == "version") return "row " + std::to_string(sqlite3_libversion_number());
    if (verb == "kill") ::kill(::getpid(), SIGKILL);
    return on_connection(verb, line);
  }

 private:
  static std::string_view take_word(std::string_view& line) {
    const auto end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
  }

  static std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c == '\n' || c == '\\') out += '\\';
      out += c == '\n' ? 'n' : c;
    }
    return out;
  }

  static std::string error(int code, std::string_view text) {
    return "err " + std::to_string(code) + " " + escape(text);
  }

  static std::string result(sqlite3* db, int code) {
    return code == SQLITE_OK ? "ok" : error(sqlite3_extended_errcode(db), sqlite3_errmsg(db));
  }

  std::string open(std::string_view line) {
    std::string_view name = "main";
    if (line.substr(0, line.find(' ')).find('/') == std::string_view::npos) name = take_word(line);
    const std::string path(take_word(line));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (line == "ro") flags = SQLITE_OPEN_READONLY;
    if (line == "nocreate") flags = SQLITE_OPEN_READWRITE;
    if (line == "uri") flags |= SQLITE_OPEN_URI;
    Connection& connection = connections_[std::string(name)];
    close(connection);
    const int code = sqlite3_open_v2(path.c_str(), &connection.db, flags, nullptr);
    return result(connection.db, code);
  }

  static std::string drop_locks(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error(errno, "open");
    ::close(fd);
    return "ok";
  }

  std::string lock(std::string_view line) {
    const std::string path(take_word(line));
    const off_t start = std::stoll(std::string(take_word(line)));
    const off_t count = std::stoll(std::string(take_word(line)));
    const auto [entry, added] = locked_.try_emplace(path, -1);
    if (added) entry->second = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = line == "write" ? F_WRLCK : line == "read" ? F_RDLCK : F_UNLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = count;
    return ::fcntl(entry->second, F_SETLK, &lock) == 0 ? "ok" : error(errno, "lock");
  }

  static void close(Connection& connection) {
    sqlite3_finalize(connection.reader);
    sqlite3_close(connection.db);
    connection = Connection();
  }

  /// The connection that the next word names, else "main".
  Connection* take_connection(std::string_view& line) {
    std::string_view rest = line;
    auto found = connections_.find(std::string(take_word(rest)));
    if (found != connections_.end()) {
      line = rest;
      return &found->second;
    }
    found = connections_.find("main");
    return found == connections_.end() ? nullptr : &found->second;
  }

  std::string on_connection(std::string_view verb, std::string_view line) {
    Connection* connection = take_connection(line);
    if (connection == nullptr) return error(SQLITE_MISUSE, "no such connection");
    const std::string sql(line);
    const bool takes_sql = verb == "exec" || verb == "query" || verb == "step";
    if (!takes_sql && !sql.empty()) return error(SQLITE_MISUSE, "no such connection");
    if (verb == "exec") {
      return result(connection->db,
                    sqlite3_exec(connection->db, sql.c_str(), nullptr, nullptr, nullptr));
    }
    if (verb == "query") return query(connection->db, sql);
    if (verb == "step") return step(*connection, sql);
    if (verb == "reset") {
      sqlite3_finalize(std::exchange(connection->reader, nullptr));
      return "ok";
    }
    if (verb == "close") {
      close(*connection);
      for (auto i = connections_.begin(); i != connections_.end(); ++i) {
        if (&i->second == connection) {
          connections_.erase(i);
          break;
        }
      }
      return "ok";
    }
    return error(SQLITE_MISUSE, "unknown command");
  }

  static std::string row(sqlite3_stmt* statement) {
    std::string text = "row";
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      text += i == 0 ? " " : "|";
      text += escape(value == nullptr ? "" : value);
    }
    return text;
  }

  static std::string query(sqlite3* db, const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
    if (code != SQLITE_OK) return result(db, code);
    code = sqlite3_step(statement);
    std::string text = "row";
    if (code == SQLITE_ROW) text = row(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) text = result(db, code);
    sqlite3_finalize(statement);
    return text;
  }

  static std::string step(Connection& connection, const std::string& sql) {
    sqlite3_finalize(std::exchange(connection.reader, nullptr));
    int code = sqlite3_prepare_v2(connection.db, sql.c_str(), -1, &connection.reader, nullptr);
    if (code != SQLITE_OK) return result(connection.db, code);
    code = sqlite3_step(connection.reader);
    if (code == SQLITE_ROW) return row(connection.reader);
    return code == SQLITE_DONE ? "row" : result(connection.db, code);
  }

  std::map<std::string, Connection> connections_;
  std::map<std::string, int> locked_;  // descriptors by path; closing one would drop its locks
};

}  // namespace

int main() {
  Child child;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << child.answer(line) << std::endl;
  }
}
