// Go: os, time, goroutines, maps.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	fmt.Println("arguments:", strings.Join(os.Args[1:], ", "))
	fmt.Println("GREETING:", os.Getenv("GREETING"))
	check(os.Mkdir("sub", 0o777))
	for i := range 5 {
		name := filepath.Join("sub", fmt.Sprintf("file-%d", i))
		check(os.WriteFile(name, []byte(strings.Repeat("x", i*1000)), 0o666))
	}
	entries, err := os.ReadDir("sub")
	check(err)
	for _, entry := range entries {
		info, err := entry.Info()
		check(err)
		fmt.Println(entry.Name(), info.Size(), entry.IsDir())
	}
	check(os.Rename("sub/file-3", "moved"))
	text, err := os.ReadFile("moved")
	check(err)
	fmt.Println("moved:", len(text))
	check(os.RemoveAll("sub"))
	check(os.Remove("moved"))
	_, err = os.Stat("sub")
	fmt.Println("gone:", os.IsNotExist(err))

	before := time.Now()
	time.Sleep(2 * time.Millisecond)
	fmt.Println("slept long enough:", time.Since(before) >= 2*time.Millisecond)

	results := make(chan int)
	for i := range 10 {
		go func() { results <- i * i }()
	}
	var squares []int
	for range 10 {
		squares = append(squares, <-results)
	}
	sort.Ints(squares)
	fmt.Println(squares)
	fmt.Fprintln(os.Stderr, "done")
	os.Exit(4)
}
