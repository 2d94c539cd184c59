#include "cli/metrics_server.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/prometheus_text.hpp"

namespace rhizome::cli {

namespace {

constexpr int request_milliseconds = 2000;
constexpr std::size_t longest_request = 8192;
constexpr int no_deadline = -1;

struct address_list_free {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using address_list = std::unique_ptr<addrinfo, address_list_free>;

/// Null if the text is no numeric address.
address_list parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = text.substr(colon == text.npos ? 0 : colon + 1);
  auto host = text.substr(0, colon == text.npos ? 0 : colon);
  if (host.empty() || host == "localhost")
    host = "127.0.0.1";
  else if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != host.npos)
    return nullptr; // IPv6 without brackets: whose is the last colon?
  const bool in_range = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos &&
                        std::stoul(port) <= 65'535;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (!in_range || getaddrinfo(host.c_str(), port.c_str(), &hints, &list) != 0)
    return nullptr;
  return address_list(list);
}

/// A listening socket, or -1 with the reason in errno.
int listen_at(const addrinfo& address) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  const int yes = 1;
  if (fd < 0 || (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                 bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0))
    return fd;
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

void send_all(int client, std::string_view text) {
  const timeval limit{.tv_sec = request_milliseconds / 1000, .tv_usec = 0};
  setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  while (!text.empty()) {
    const auto count = send(client, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0)
      return; // the client has gone or is too slow
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string response(std::string_view status, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n"
                     "Connection: close\r\n\r\n{}",
                     status, body.size(), body);
}

} // namespace

result<std::unique_ptr<metrics_server>> metrics_server::start(const std::string& address, figures_function figures) {
  const auto parsed = parse_address(address);
  if (!parsed)
    return fail(error_kind::invalid_input,
                "\"{}\" is no address to serve metrics on: give 127.0.0.1:9464, [::1]:9464 or a port alone", address);
  const int listener = listen_at(*parsed);
  if (listener < 0)
    return fail(error_kind::failed, "no metrics can be served on {}: {}", address, std::strerror(errno));
  const int stop = eventfd(0, EFD_CLOEXEC);
  if (stop < 0) {
    close(listener);
    return fail(error_kind::failed, "no metrics can be served on {}: too many open files", address);
  }
  // The constructor is private.
  return std::unique_ptr<metrics_server>(new metrics_server(listener, stop, std::move(figures)));
}

metrics_server::metrics_server(int listener, int stop, figures_function figures)
    : listener_(listener), stop_(stop), figures_(std::move(figures)), thread_([this] { serve(); }) {}

metrics_server::~metrics_server() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(listener_);
  close(stop_);
}

std::uint16_t metrics_server::port() const {
  sockaddr_in6 name{}; // the port is at the same place in both families
  socklen_t size = sizeof name;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size);
  return ntohs(name.sin6_port);
}

void metrics_server::serve() const {
  while (wait_readable(listener_, no_deadline)) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) {
      answer(client);
      close(client);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection stays in the queue, and the listener readable.
      pollfd stopped{stop_, POLLIN, 0};
      poll(&stopped, 1, request_milliseconds);
    }
  }
}

void metrics_server::answer(int client) const {
  const auto request = read_request(client);
  if (request.starts_with("GET /metrics ") || request.starts_with("GET /metrics?"))
    send_all(client, response("200 OK", prometheus_text(figures_())));
  else if (!request.empty())
    send_all(client, response("404 Not Found", "There is only GET /metrics.\n"));
}

std::string metrics_server::read_request(int client) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(request_milliseconds);
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    char buffer[1024];
    if (left.count() <= 0 || request.size() > longest_request || !wait_readable(client, static_cast<int>(left.count())))
      return {};
    const auto count = recv(client, buffer, sizeof buffer, 0);
    if (count <= 0)
      return {};
    request.append(buffer, static_cast<std::size_t>(count));
  }
  return request;
}

bool metrics_server::wait_readable(int fd, int milliseconds) const {
  pollfd fds[] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
  int ready = 0;
  do
    ready = poll(fds, 2, milliseconds);
  while (ready < 0 && errno == EINTR);
  return ready > 0 && fds[1].revents == 0;
}

} // namespace rhizome::cli
