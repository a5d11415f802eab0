// Files and directories through C's own library: fopen, fread, fseek, opendir, stat, rename, unlink; and args, env, time.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fail(const char *what) {
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int list(const char *path) {
    DIR *dir = opendir(path);
    if (!dir) return fail("opendir");
    char *names[64];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) && count < 64;)
        if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    printf("%s:", path);
    for (int i = 0; i < count; i++) printf(" %s", names[i]);
    printf("\n");
    return 0;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
    const char *greeting = getenv("GREETING");
    printf("GREETING: %s\n", greeting ? greeting : "(none)");

    FILE *file = fopen("numbers.txt", "w+");
    if (!file) return fail("fopen");
    for (int i = 0; i < 1000; i++) fprintf(file, "%d\n", i * i);
    if (fseek(file, 0, SEEK_SET)) return fail("fseek");
    long sum = 0, number;
    while (fscanf(file, "%ld", &number) == 1) sum += number;
    printf("sum: %ld, at %ld\n", sum, ftell(file));
    char tail[8] = {0};
    if (fseek(file, -7, SEEK_END)) return fail("fseek");
    if (fread(tail, 1, 7, file) != 7) return fail("fread");
    printf("tail: %.6s\n", tail);
    if (fclose(file)) return fail("fclose");

    if (mkdir("sub", 0777)) return fail("mkdir");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "sub/file-%02d", i);
        if (!(file = fopen(name, "w"))) return fail(name);
        fputs(name, file);
        fclose(file);
    }
    if (list("sub")) return 1;
    if (rmdir("sub") == 0 || errno != ENOTEMPTY) return fail("rmdir of a directory with something in it");

    struct stat info;
    if (stat("sub/file-07", &info)) return fail("stat");
    printf("file-07: %lld bytes, %s\n", (long long)info.st_size, S_ISREG(info.st_mode) ? "a file" : "something else");
    if (stat("sub", &info)) return fail("stat");
    printf("sub: %s\n", S_ISDIR(info.st_mode) ? "a directory" : "something else");

    if (rename("sub/file-07", "moved")) return fail("rename");
    if (stat("sub/file-07", &info) == 0 || errno != ENOENT) return fail("stat of what was moved away");
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "sub/file-%02d", i);
        if (i != 7 && unlink(name)) return fail(name);
    }
    if (rmdir("sub")) return fail("rmdir");
    if (list(".")) return 1;

    if (!(file = fopen("moved", "a"))) return fail("fopen");
    fputs(" and more", file);
    fclose(file);
    char line[64];
    if (!(file = fopen("moved", "r")) || !fgets(line, sizeof line, file)) return fail("fgets");
    fclose(file);
    printf("moved: %s\n", line);
    if (unlink("moved")) return fail("unlink");
    if (fopen("../secret", "r")) return fail("a path that leads out");
    printf("outside: %s\n", errno == ENOENT ? "nothing" : strerror(errno));

    struct timespec before, after, pause = {0, 2000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long long passed = (after.tv_sec - before.tv_sec) * 1000000000LL + (after.tv_nsec - before.tv_nsec);
    printf("slept: %s\n", passed >= 2000000 ? "long enough" : "too short");
    printf("the time: %s\n", time(NULL) > 900000000 ? "plausible" : "wrong");

    size_t read = fread(line, 1, sizeof line - 1, stdin);
    line[read] = 0;
    printf("input: %s\n", line);
    fprintf(stderr, "done\n");
    return 3;
}
