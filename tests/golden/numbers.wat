;; Floats, 64-bit integers and conversions: `check` answers 42.
(module
  (import "host" "seven" (func $seven (result i32)))
  (func $root (param f64) (result f64) (f64.sqrt (f64.add (f64.mul (local.get 0) (local.get 0)) (f64.const 0))))
  (func $poly (param f32) (result f32)
    (f32.add (f32.mul (local.get 0) (f32.const 2.5)) (f32.const 0.5)))
  (func $mix (param i64) (result i64)
    (i64.xor (i64.rotl (i64.add (local.get 0) (i64.const 0x123456789abcdef)) (i64.const 13)) (i64.shr_u (local.get 0) (i64.const 7))))
  (func (export "check") (result i32) (local $x i64)
    (local.set $x (call $mix (call $mix (i64.const 42))))
    (i32.add
      (i32.add
        (i32.trunc_f64_s (call $root (f64.convert_i32_s (i32.const -24))))
        (i32.trunc_sat_f32_u (call $poly (f32.const 7))))
      (i32.sub (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 0)) (i32.const 0)))))
