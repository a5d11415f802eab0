// C++: streams, containers, algorithms, strings, chrono, virtual functions, static initialisation; files through a
// wrapper with a destructor (zig's libc++ has no <fstream> and no <filesystem> for WASI).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <dirent.h>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

struct Greeter {
    Greeter() { std::cout << "before main\n"; }
    ~Greeter() { std::cout << "after main\n"; }
} greeter;

class File {
    std::unique_ptr<FILE, int (*)(FILE *)> file;

  public:
    File(const std::string &path, const char *mode) : file(fopen(path.c_str(), mode), fclose) {}
    explicit operator bool() const { return bool(file); }
    void write(const std::string &text) { fwrite(text.data(), 1, text.size(), file.get()); }
    std::string read() {
        std::string text;
        char buffer[100];
        while (size_t count = fread(buffer, 1, sizeof buffer, file.get())) text.append(buffer, count);
        return text;
    }
};

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Square : Shape {
    double side;
    explicit Square(double side) : side(side) {}
    double area() const override { return side * side; }
};
struct Circle : Shape {
    double radius;
    explicit Circle(double radius) : radius(radius) {}
    double area() const override { return 3.25 * radius * radius; }
};

int main(int argc, char **argv) {
    if (mkdir("texts", 0777) != 0) {
        std::cout << "mkdir failed\n";
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        std::string word = argv[i];
        File("texts/" + word + ".txt", "w").write(word + " and " + word + "\n");
    }
    std::vector<std::string> names;
    DIR *dir = opendir("texts");
    while (dirent *entry = readdir(dir)) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    closedir(dir);
    std::sort(names.begin(), names.end(), std::greater<>());

    std::map<std::string, int> counts;
    for (const auto &name : names) {
        std::string text = File("texts/" + name, "r").read();
        std::cout << name << ": " << text.size() << " bytes\n";
        std::istringstream words(text);
        for (std::string word; words >> word;) counts[word]++;
        unlink(("texts/" + name).c_str());
    }
    for (const auto &[word, count] : counts) std::cout << word << " " << count << "\n";
    rmdir("texts");
    std::cout << "left: " << std::boolalpha << bool(File("texts", "r")) << "\n";

    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.push_back(std::make_unique<Square>(1.5));
    shapes.push_back(std::make_unique<Circle>(2));
    for (const auto &shape : shapes) std::cout << shape->area() << "\n";

    auto before = std::chrono::steady_clock::now();
    auto after = std::chrono::steady_clock::now();
    std::cout << "time goes on: " << (after >= before) << "\n";
    std::string line;
    while (std::getline(std::cin, line)) std::cout << "line: " << line << "\n";
    return 0;
}
