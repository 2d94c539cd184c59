#include "core/results/store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <tuple>
#include <utility>

#include <sqlite3.h>
#include <sys/vfs.h>

#include "core/results/directory.hpp"
#include "core/results/store_sql.hpp"

namespace rhizome::results {

namespace fs = std::filesystem;

namespace {

constexpr int schema_version = 3;          // 2: a regression's errors; 3: the time of sharing
constexpr int writer_patience_ms = 10'000; ///< how long a lock of another process is waited for
constexpr int reader_patience_ms = 500;

constexpr std::tuple metadata_fields{
    field{"name", &run_metadata::name},         field{"hash", &run_metadata::hash},
    field{"config", &run_metadata::config},     field{"seed", &run_metadata::seed},
    field{"versions", &run_metadata::versions}, field{"machine", &run_metadata::machine},
    field{"status", &run_metadata::status},     field{"started", &run_metadata::started},
    field{"finished", &run_metadata::finished},
};

/// One row of `histograms`.
struct class_count {
  node_id node = 0;
  std::uint32_t label = 0;
  std::uint64_t count = 0;
};

constexpr std::tuple histogram_fields{
    field{"node", &class_count::node},
    field{"class", &class_count::label},
    field{"count", &class_count::count},
};

/// File systems that are shared between machines. SQLite's write-ahead log needs memory shared by all readers, so it
/// must not be used there even where switching it on seems to work (sqlite.org/wal.html). Numbers: linux/magic.h and
/// the file systems' own headers.
bool is_shared_between_machines(const fs::path& directory) {
  constexpr std::array<std::uint32_t, 9> types{
      0x6969,     // NFS
      0x517B,     // SMB
      0xFF534D42, // CIFS
      0xFE534D42, // SMB2
      0x01021997, // 9P
      0x0BD00BD0, // Lustre
      0x47504653, // GPFS
      0x00C36400, // Ceph
      0x19830326, // BeeGFS
  };
  struct statfs info {};
  return ::statfs(directory.c_str(), &info) == 0 &&
         std::find(types.begin(), types.end(), static_cast<std::uint32_t>(info.f_type)) != types.end();
}

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

tl::unexpected<error> explain(const SQLite::Exception& e, const fs::path& file) {
  const auto path = file.string();
  switch (e.getErrorCode()) {
  case SQLITE_FULL:
    return fail(error_kind::failed, "The disk is full: cannot write {}; what was written before is kept.", path);
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return fail(error_kind::failed, "{} is in use by another process, such as a run that is still going on.", path);
  case SQLITE_CANTOPEN:
    return fail(error_kind::failed, "Cannot open {}: check that it exists and may be read and written.", path);
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return fail(error_kind::failed, "Cannot write {}: it is read-only.", path);
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
    return fail(error_kind::bad_data, "{} is not a store of results, or it is damaged ({}).", path, e.what());
  default:
    return fail(error_kind::failed, "Cannot read or write {}: {}.", path, e.what());
  }
}

/// Runs `work` at the border to SQLite: its exceptions become sentences.
template <class Work>
auto guarded(const fs::path& file, Work&& work) -> result<decltype(work())> {
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return {};
    } else
      return work();
  } catch (const SQLite::Exception& e) {
    return explain(e, file);
  }
}

/// Executes a prepared statement. It may have failed before, which tryReset() forgets.
void execute(SQLite::Statement& statement) {
  statement.exec();
  statement.reset();
}

template <class Record, class Fields>
void insert(SQLite::Statement& statement, std::span<const Record> records, const Fields& fields) {
  statement.tryReset();
  for (const auto& record : records) {
    detail::bind_record(statement, record, fields);
    execute(statement);
  }
}

std::string pragma(SQLite::Database& database, const char* sql) {
  return database.execAndGet(sql).getString();
}

/// Switches the write-ahead log on, or says that it cannot be had.
bool use_write_ahead_log(SQLite::Database& database, const fs::path& directory) {
  if (is_shared_between_machines(directory))
    return false;
  try {
    return pragma(database, "PRAGMA journal_mode = WAL") == "wal";
  } catch (const SQLite::Exception&) {
    return false;
  }
}

void choose_journal(SQLite::Database& database, const fs::path& directory) {
  if (!use_write_ahead_log(database, directory)) {
    pragma(database, "PRAGMA locking_mode = EXCLUSIVE");
    pragma(database, "PRAGMA journal_mode = DELETE");
  }
  database.exec("PRAGMA synchronous = NORMAL");
}

void create_tables(SQLite::Database& database) {
  using detail::column_definitions;
  const auto create = [&](const char* table, const std::string& columns) {
    database.exec(fmt::format("CREATE TABLE {} ({})", table, columns));
  };
  create("runs", "id TEXT PRIMARY KEY, " + column_definitions(metadata_fields) + ", " +
                     column_definitions(summary_fields) +
                     ", CHECK (status IN ('running', 'done', 'failed', 'interrupted'))");
  create("rounds", column_definitions(round_fields) + ", PRIMARY KEY (round)");
  create("nodes", column_definitions(node_fields) + ", PRIMARY KEY (round, node)");
  create("events", "id INTEGER PRIMARY KEY, " + column_definitions(event_fields));
  create("histograms", column_definitions(histogram_fields) + ", PRIMARY KEY (node, class)");
  database.exec(fmt::format("PRAGMA user_version = {}", schema_version));
}

void insert_run(SQLite::Database& database, const std::string& id, const run_metadata& run) {
  SQLite::Statement statement(database, fmt::format("INSERT INTO runs ({}, id) VALUES ({}, ?)",
                                                    detail::column_list(metadata_fields),
                                                    detail::parameter_list(metadata_fields)));
  statement.bind(detail::bind_record(statement, run, metadata_fields), id);
  statement.exec();
}

/// Reads what every store has, which also replays the journal of a killed run.
int read_version(SQLite::Database& database) {
  if (database.execAndGet("SELECT count(*) FROM runs").getInt() != 1)
    throw SQLite::Exception("it has no run", SQLITE_CORRUPT);
  return database.execAndGet("PRAGMA user_version").getInt();
}

} // namespace

struct store::impl {
  impl(fs::path where, int flags, int patience_ms, const std::string& vfs)
      : directory(std::move(where)), file(directory / store_file), database(file, flags, patience_ms, vfs) {}

  struct statements {
    explicit statements(SQLite::Database& database)
        : round(database, detail::insert_sql("rounds", round_fields)),
          node(database, detail::insert_sql("nodes", node_fields)),
          event(database, detail::insert_sql("events", event_fields)) {}
    SQLite::Statement round, node, event;
  };

  fs::path directory;
  fs::path file;
  std::optional<directory_lock> lock; ///< of the writer
  SQLite::Database database;
  std::string journal_mode;
  std::optional<statements> insertions; ///< of the writer
};

store::store(std::unique_ptr<impl> state) : state_(std::move(state)) {}
store::store(store&&) noexcept = default;
store& store::operator=(store&&) noexcept = default;
store::~store() = default;

result<store> store::create(const fs::path& directory, const run_metadata& run, const std::string& vfs) {
  auto lock = directory_lock::take(directory);
  if (!lock)
    return fail(lock);
  const auto file = directory / store_file;
  if (std::error_code ignored; fs::exists(file, ignored))
    return fail(error_kind::failed, "{} exists already: a store holds the results of one run.", file.string());
  return guarded(file, [&] {
    auto state =
        std::make_unique<impl>(directory, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, writer_patience_ms, vfs);
    auto& database = state->database;
    choose_journal(database, directory);
    SQLite::Transaction transaction(database);
    create_tables(database);
    auto started = run;
    started.status = "running";
    if (started.started.empty())
      started.started = now_utc();
    insert_run(database, run_id(directory), started);
    transaction.commit();
    state->lock = std::move(*lock);
    state->journal_mode = pragma(database, "PRAGMA journal_mode");
    state->insertions.emplace(database);
    return store(std::move(state));
  });
}

result<store> store::open(const fs::path& directory, const std::string& vfs) {
  const auto file = directory / store_file;
  if (std::error_code ignored; !fs::exists(file, ignored))
    return fail(error_kind::invalid_input, "{} has no {}: give the directory of a run, such as runs/NAME-HASH.",
                directory.string(), store_file);
  const auto open_with = [&](int flags) {
    auto state = std::make_unique<impl>(directory, flags, reader_patience_ms, vfs);
    state->database.exec("PRAGMA query_only = 1");
    const int version = read_version(state->database);
    state->journal_mode = pragma(state->database, "PRAGMA journal_mode");
    return std::pair(version, store(std::move(state)));
  };
  auto opened = guarded(file, [&] {
    try {
      return open_with(SQLite::OPEN_READONLY);
    } catch (const SQLite::Exception& e) {
      if (e.getErrorCode() == SQLITE_BUSY)
        throw;
    }
    // A run that was killed may have left a journal that has to be rolled back first, which needs writing.
    return open_with(SQLite::OPEN_READWRITE);
  });
  if (!opened)
    return fail(opened);
  auto& [version, found] = *opened;
  if (version > schema_version)
    return fail(error_kind::bad_data, "{} was written by a newer version of Rhizome (format {}, this one reads {}).",
                file.string(), version, schema_version);
  return std::move(found);
}

result<void> store::append(std::span<const round_record> rounds, std::span<const node_record> nodes,
                           std::span<const event_record> events) {
  return guarded(state_->file, [&] {
    SQLite::Transaction transaction(state_->database);
    auto& into = state_->insertions.value();
    insert(into.round, rounds, round_fields);
    insert(into.node, nodes, node_fields);
    insert(into.event, events, event_fields);
    transaction.commit();
  });
}

result<void> store::append_histograms(std::span<const histogram_record> histograms) {
  return guarded(state_->file, [&] {
    SQLite::Transaction transaction(state_->database);
    SQLite::Statement statement(state_->database, detail::insert_sql("histograms", histogram_fields));
    for (const auto& histogram : histograms)
      for (std::uint32_t label = 0; label < histogram.counts.size(); ++label) {
        detail::bind_record(statement, class_count{histogram.node, label, histogram.counts[label]}, histogram_fields);
        execute(statement);
      }
    transaction.commit();
  });
}

result<void> store::finish(const summary& run) {
  return guarded(state_->file, [&] {
    SQLite::Statement statement(state_->database, fmt::format("UPDATE runs SET {}, status = ?, finished = ?",
                                                              detail::column_list(summary_fields, " = ?")));
    const int index = detail::bind_record(statement, run, summary_fields);
    statement.bind(index, run.status);
    statement.bind(index + 1, now_utc());
    statement.exec();
  });
}

const fs::path& store::directory() const {
  return state_->directory;
}

const std::string& store::journal_mode() const {
  return state_->journal_mode;
}

result<run_metadata> store::run() const {
  return guarded(state_->file, [&] {
    return detail::select_all<run_metadata>(state_->database, "runs", "id", metadata_fields).at(0);
  });
}

result<summary> store::read_summary() const {
  const auto metadata = run();
  if (!metadata)
    return fail(metadata);
  return guarded(state_->file, [&] {
    auto numbers = detail::select_all<summary>(state_->database, "runs", "id", summary_fields).at(0);
    numbers.name = metadata->name;
    numbers.directory = state_->directory.string();
    numbers.status = metadata->status;
    return numbers;
  });
}

result<std::vector<round_record>> store::rounds() const {
  return guarded(state_->file,
                 [&] { return detail::select_all<round_record>(state_->database, "rounds", "round", round_fields); });
}

result<std::vector<node_record>> store::nodes() const {
  return guarded(state_->file, [&] {
    return detail::select_all<node_record>(state_->database, "nodes", "round, node", node_fields);
  });
}

result<std::vector<event_record>> store::events() const {
  return guarded(state_->file,
                 [&] { return detail::select_all<event_record>(state_->database, "events", "id", event_fields); });
}

result<std::vector<histogram_record>> store::histograms() const {
  return guarded(state_->file, [&] {
    std::vector<histogram_record> histograms;
    for (const auto& row :
         detail::select_all<class_count>(state_->database, "histograms", "node, class", histogram_fields)) {
      if (histograms.empty() || histograms.back().node != row.node)
        histograms.push_back({row.node, {}});
      histograms.back().counts.push_back(row.count);
    }
    return histograms;
  });
}

} // namespace rhizome::results
