#pragma once

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "core/results/fields.hpp"

// Between records and SQLite, derived from the field tables. Only the store includes this.
namespace rhizome::results::detail {

/// "round" INTEGER NOT NULL, "loss" REAL ...
template <class Fields>
std::string column_definitions(const Fields& fields) {
  std::string text;
  for_each_field(fields, [&]<class Record, class T>(const field<Record, T>& each) {
    const char* type = std::is_floating_point_v<T> ? "REAL" : std::is_integral_v<T> ? "INTEGER" : "TEXT";
    text += fmt::format("{}\"{}\" {}", text.empty() ? "" : ", ", each.name, type);
  });
  return text;
}

/// "round", "loss" ...; `suffix` comes after each name.
template <class Fields>
std::string column_list(const Fields& fields, const char* suffix = "") {
  std::string text;
  for_each_field(fields, [&](const auto& each) {
    text += fmt::format("{}\"{}\"{}", text.empty() ? "" : ", ", each.name, suffix);
  });
  return text;
}

/// ?, ? ... one parameter a field.
template <class Fields>
std::string parameter_list(const Fields& fields) {
  std::string text;
  for_each_field(fields, [&](const auto&) { text += text.empty() ? "?" : ", ?"; });
  return text;
}

template <class T>
void bind_value(SQLite::Statement& statement, int index, const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value))
      statement.bind(index);
    else
      statement.bind(index, value);
  } else if constexpr (std::is_integral_v<T>)
    statement.bind(index, static_cast<std::int64_t>(value));
  else
    statement.bind(index, value);
}

template <class T>
void read_value(const SQLite::Column& column, T& value) {
  if constexpr (std::is_floating_point_v<T>)
    value = column.isNull() ? not_measured : column.getDouble();
  else if constexpr (std::is_integral_v<T>)
    value = static_cast<T>(column.getInt64());
  else
    value = column.getString();
}

/// Binds a record's fields to the parameters 1, 2, ...; returns the next free index.
template <class Record, class Fields>
int bind_record(SQLite::Statement& statement, const Record& record, const Fields& fields) {
  int index = 1;
  for_each_field(fields, [&](const auto& each) { bind_value(statement, index++, record.*each.member); });
  return index;
}

/// Reads a record from the columns 0, 1, ... of the current row.
template <class Record, class Fields>
Record read_record(const SQLite::Statement& statement, const Fields& fields) {
  Record record;
  int index = 0;
  for_each_field(fields, [&](const auto& each) { read_value(statement.getColumn(index++), record.*each.member); });
  return record;
}

/// INSERT OR REPLACE with one parameter a field.
template <class Fields>
std::string insert_sql(const char* table, const Fields& fields) {
  return fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", table, column_list(fields), parameter_list(fields));
}

/// The columns of `fields`, with NULL for those that a store of an earlier version does not have. (SQLite would take
/// their quoted names for texts.)
template <class Fields>
std::string present_columns(SQLite::Database& database, const char* table, const Fields& fields) {
  SQLite::Statement columns(database, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
  std::set<std::string> present;
  while (columns.executeStep())
    present.insert(columns.getColumn(0).getString());
  std::string text;
  for_each_field(fields, [&](const auto& each) {
    text += text.empty() ? "" : ", ";
    text += present.contains(each.name) ? fmt::format("\"{}\"", each.name) : "NULL";
  });
  return text;
}

/// All rows of a table.
template <class Record, class Fields>
std::vector<Record> select_all(SQLite::Database& database, const char* table, const char* order, const Fields& fields) {
  SQLite::Statement query(
      database, fmt::format("SELECT {} FROM {} ORDER BY {}", present_columns(database, table, fields), table, order));
  std::vector<Record> records;
  while (query.executeStep())
    records.push_back(read_record<Record>(query, fields));
  return records;
}

} // namespace rhizome::results::detail
