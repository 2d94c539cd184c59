#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace rhizome::data::sources {

/// What a LEAF file says of one user, {"x": [...], "y": [...]}. A sample of x is a list of numbers or one text, a label
/// of y a number or a text.
struct leaf_user {
  std::string name;
  std::vector<float> numbers;      ///< of all numeric samples, one after another
  std::vector<std::size_t> widths; ///< [numeric samples] how many of `numbers` each has
  std::vector<std::string> texts;  ///< [samples that are texts]
  std::vector<double> labels;      ///< numeric ones
  std::vector<std::string> text_labels;
};

/// A user of LEAF's Reddit: each comment is cut into pieces of as many tokens as there are to predict from, and each
/// piece has its targets, the same tokens one place on. What is short is filled up with a padding token.
struct leaf_commenter {
  std::string name;
  std::vector<std::vector<std::string>> pieces;  ///< of all comments, one after another
  std::vector<std::vector<std::string>> targets; ///< [pieces]
};

/// Called for each user in the order of the files. An error ends the reading and follows the file's name in a sentence.
using leaf_visitor = std::function<result<void>(const leaf_user&)>;
using leaf_comments_visitor = std::function<result<void>(const leaf_commenter&)>;

/// Finds the users in the text of one file. Gives the end of a sentence that begins with the file's name; empty if
/// nothing is wrong.
using leaf_parser = std::function<std::string(const std::string& text)>;

/// Calls the parser for all JSON files (.json or .json.gz) of a directory in order of their names.
[[nodiscard]] result<void> for_each_leaf_file(const std::filesystem::path& directory, const leaf_parser& parse);

/// Reads all JSON files (.json or .json.gz) of a directory in order of their names, a file and a user at a time, in the
/// format of Caldas et al., "LEAF: a benchmark for federated settings" (2019): an object whose "user_data" has an
/// object for each user. Errors: bad_data, with the file.
[[nodiscard]] result<void> read_leaf(const std::filesystem::path& directory, const leaf_visitor& visit);

/// The same for Reddit, where x is [comments [pieces [tokens]]] and y has {"target_tokens": [pieces [tokens]]} for each
/// comment.
[[nodiscard]] result<void> read_leaf_comments(const std::filesystem::path& directory,
                                              const leaf_comments_visitor& visit);

} // namespace rhizome::data::sources
