#include "core/data/sources/leaf_json.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/data/input_file.hpp"
#include "core/data/sources/leaf_collector.hpp"

namespace rhizome::data::sources {

namespace {

/// Of a user { x [ sample [] ], y [] }: a number of a sample is at depth 5.
class user_collector final : public leaf_collector {
public:
  explicit user_collector(const leaf_visitor& visit) : visit_(visit) {}

  bool start_object(std::size_t) override { return open(depth() < 3 || !is_ruled()); }

  bool start_array(std::size_t) override {
    const bool sample = in("x") && depth() == 4;
    if (sample)
      user_.widths.push_back(0);
    return open(!is_ruled() || depth() == 3 || sample);
  }

  bool string(string_t& text) override {
    if (!is_ruled())
      return true;
    if (depth() != 4)
      return other("a text");
    (in("x") ? user_.texts : user_.text_labels).push_back(std::move(text));
    return true;
  }

private:
  void begin_user(const std::string& name) override {
    user_ = {};
    user_.name = name;
  }

  std::string end_user() override {
    const auto samples = user_.widths.size() + user_.texts.size();
    const auto labels = user_.labels.size() + user_.text_labels.size();
    if (samples != labels)
      return fmt::format("has {} samples \"x\" but {} labels \"y\" of the user \"{}\"", samples, labels, user_.name);
    const auto good = visit_(user_);
    return good ? std::string() : good.error().message;
  }

  bool is_ruled() const override { return in("x") || in("y"); }

  std::string_view expected() const override { return in("x") ? "lists of numbers or texts" : "numbers or texts"; }

  bool number(double value) override {
    if (!is_ruled())
      return true;
    if (in("y") && depth() == 4) {
      user_.labels.push_back(value);
      return true;
    }
    if (depth() != 5)
      return other("a single number");
    user_.numbers.push_back(static_cast<float>(value));
    ++user_.widths.back();
    return true;
  }

  const leaf_visitor& visit_;
  leaf_user user_;
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
    const auto file = input_file::read_all(path);
    if (!file)
      return fail(file);
    if (const auto problem = parse(file->text); !problem.empty())
      return fail(error_kind::bad_data, "{} {}.", path.string(), problem);
  }
  return {};
}

result<void> read_leaf(const std::filesystem::path& directory, const leaf_visitor& visit) {
  return for_each_leaf_file(directory, [&visit](const std::string& text) {
    user_collector collector(visit);
    nlohmann::json::sax_parse(text, &collector);
    return collector.problem();
  });
}

} // namespace rhizome::data::sources
