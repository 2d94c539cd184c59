#include "core/data/sources/leaf_json.hpp"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/data/input_file.hpp"

namespace rhizome::data::sources {

namespace {

using nlohmann::json;

/// Follows the events of a parser instead of building a tree: files are of hundreds of megabytes. Containers nest as
/// { user_data { user { x [ sample [] ], y [] } } }: depths 1 to 5.
class user_collector final : public json::json_sax_t {
public:
  explicit user_collector(const leaf_visitor& visit) : visit_(visit) {}

  bool key(string_t& name) override {
    if (depth_ == 1)
      in_users_ = name == "user_data";
    else if (depth_ == 2 && in_users_) {
      user_ = {};
      user_.name = name;
    } else if (depth_ == 3 && in_users_)
      field_ = name;
    return true;
  }

  bool start_object(std::size_t) override { return open(depth_ < 3 || !in_sample_or_label()); }

  bool end_object() override {
    --depth_;
    if (depth_ != 2 || !in_users_)
      return true;
    found_users_ = true;
    field_.clear();
    return check_user();
  }

  bool start_array(std::size_t) override {
    if (in_sample_or_label() && depth_ == 4 && field_ == "x")
      user_.widths.push_back(0);
    return open(!in_sample_or_label() || depth_ == 3 || (depth_ == 4 && field_ == "x"));
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool number_integer(number_integer_t value) override { return number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool null() override { return other("null"); }
  bool boolean(bool) override { return other("a truth value"); }
  bool binary(binary_t&) override { return other("bytes"); }

  bool string(string_t& text) override {
    if (!in_sample_or_label())
      return true;
    if (depth_ != 4)
      return other("a text");
    (field_ == "x" ? user_.texts : user_.text_labels).push_back(std::move(text));
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_ = fmt::format("is not valid JSON: something is wrong at byte {}", position);
    return false;
  }

  /// What is wrong with the file; empty if nothing is.
  std::string problem() const {
    return !problem_.empty() || found_users_ ? problem_ : "has no users: expected an object \"user_data\"";
  }

private:
  bool in_sample_or_label() const { return in_users_ && (field_ == "x" || field_ == "y"); }

  bool open(bool allowed) {
    ++depth_;
    return allowed || other("a list or object");
  }

  bool number(double value) {
    if (!in_sample_or_label())
      return true;
    if (field_ == "y" && depth_ == 4) {
      user_.labels.push_back(value);
      return true;
    }
    if (depth_ != 5)
      return other("a single number");
    user_.numbers.push_back(static_cast<float>(value));
    ++user_.widths.back();
    return true;
  }

  bool other(std::string_view what) {
    if (!in_sample_or_label())
      return true;
    problem_ = fmt::format("has {} in \"{}\" of the user \"{}\", expected {}", what, field_, user_.name,
                           field_ == "x" ? "lists of numbers or texts" : "numbers or texts");
    return false;
  }

  bool check_user() {
    const auto samples = user_.widths.size() + user_.texts.size();
    const auto labels = user_.labels.size() + user_.text_labels.size();
    if (samples != labels)
      problem_ =
          fmt::format("has {} samples \"x\" but {} labels \"y\" of the user \"{}\"", samples, labels, user_.name);
    else if (auto good = visit_(user_); !good)
      problem_ = good.error().message;
    return problem_.empty();
  }

  const leaf_visitor& visit_;
  std::size_t depth_ = 0;
  bool in_users_ = false;
  bool found_users_ = false;
  std::string field_;
  leaf_user user_;
  std::string problem_;
};

result<std::vector<std::filesystem::path>> json_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (name.ends_with(".json") || name.ends_with(".json.gz"))
      files.push_back(entry->path());
  }
  if (files.empty())
    return fail(error_kind::bad_data, "There are no .json files in {}.", directory.string());
  std::ranges::sort(files);
  return files;
}

} // namespace

result<void> for_each_leaf_file(const std::filesystem::path& directory, const leaf_parser& parse) {
  const auto files = json_files(directory);
  if (!files)
    return fail(files);
  for (const auto& path : *files) {
    auto file = input_file::open(path);
    if (!file)
      return fail(file);
    const auto text = file->read_text();
    if (!text)
      return fail(text);
    if (const auto problem = parse(*text); !problem.empty())
      return fail(error_kind::bad_data, "{} {}.", path.string(), problem);
  }
  return {};
}

result<void> read_leaf(const std::filesystem::path& directory, const leaf_visitor& visit) {
  return for_each_leaf_file(directory, [&visit](const std::string& text) {
    user_collector collector(visit);
    json::sax_parse(text, &collector);
    return collector.problem();
  });
}

} // namespace rhizome::data::sources
