#pragma once

// Files in LEAF's format of Reddit. (Those of its other data sets are made where they are tested.)

#include <string>
#include <utility>
#include <vector>

namespace rhizome::tests {

/// Ten tokens, filled up with LEAF's padding.
inline std::vector<std::string> piece(std::vector<std::string> tokens) {
  tokens.resize(10, "<PAD>");
  return tokens;
}

struct reddit_comment {
  std::vector<std::vector<std::string>> pieces;
  std::vector<std::vector<std::string>> targets;
};

inline std::string json_list(const std::vector<std::string>& tokens) {
  std::string list = "[";
  for (const auto& token : tokens)
    list += (list.size() > 1 ? ", \"" : "\"") + token + "\"";
  return list + "]";
}

inline std::string json_list(const std::vector<std::vector<std::string>>& pieces) {
  std::string list = "[";
  for (const auto& each : pieces)
    list += (list.size() > 1 ? ", " : "") + json_list(each);
  return list + "]";
}

/// A file as LEAF hands out its Reddit data.
inline std::string reddit_file(const std::vector<std::pair<std::string, std::vector<reddit_comment>>>& users) {
  std::string names, counts, data;
  for (const auto& [name, comments] : users) {
    std::string x, y;
    for (const auto& comment : comments) {
      x += (x.empty() ? "" : ", ") + json_list(comment.pieces);
      y += (y.empty() ? "" : ", ") + std::string("{\"subreddit\": \"ask\", \"created_utc\": 1512086400, \"score\": ") +
           "3, \"count_tokens\": 11, \"target_tokens\": " + json_list(comment.targets) + "}";
    }
    const std::string comma = names.empty() ? "" : ", ";
    names += comma + "\"" + name + "\"";
    counts += comma + std::to_string(comments.size());
    data += comma + "\"" + name + "\": {\"x\": [" + x + "], \"y\": [" + y + "]}";
  }
  return "{\"users\": [" + names + "], \"num_samples\": [" + counts + "], \"user_data\": {" + data + "}}";
}

} // namespace rhizome::tests
