//! The table: every instruction of the standard set, one row each.
//!
//! A family shares operand names, a group and a list of modes; each row in it is `name => { what it does }`. An
//! expression is a tree of primitives ([`crate::prim`]); statements are separated by semicolons and executed in order;
//! the destination of a statement is written after its last possible trap. Rows marked `hand` have a handler written by
//! hand in the VM, rows marked `slow` are carried out by its driver; both say which operands they read and write and
//! where control goes.
//!
//! In a mode the kinds of [`crate::operand`] stand in the order of the operands. On the wire wider operands come first.

/// Hands the rows of the standard set to a macro: `standard_rows!(macro tokens…)` becomes
/// `macro! { (tokens…) family … }`.
#[macro_export]
macro_rules! standard_rows {
    ($($with:ident)::+ $($pre:tt)*) => { $($with)::+! { ($($pre)*)
        // Commutative integer arithmetic.
        family base { d, a, b } [
            (Slot, Slot, Slot) (Slot, Acc, Slot) (Acc, Slot, Slot) (Acc, Acc, Slot) (SlotAcc, Slot, Slot)
            (SlotAcc, Acc, Slot) (Slot, Slot, S16) (Slot, Acc, S8) (Acc, Slot, S8) (Acc, Acc, S16)
            (SlotAcc, Slot, S16) (SlotAcc, Acc, S8) (Slot, Slot, S32) (Slot, Acc, S32) (Acc, Slot, S32)
            (Acc, Acc, S32)
        ] {
            i32_add => { d = i32_add(a, b) }
            i32_mul => { d = i32_mul(a, b) }
            i32_and => { d = i32_and(a, b) }
            i32_or => { d = i32_or(a, b) }
            i32_xor => { d = i32_xor(a, b) }
            i64_add => { d = i64_add(a, b) }
            i64_mul => { d = i64_mul(a, b) }
            i64_and => { d = i64_and(a, b) }
            i64_or => { d = i64_or(a, b) }
            i64_xor => { d = i64_xor(a, b) }
        }
        // Subtraction of constants is addition.
        family base { d, a, b } [
            (Slot, Slot, Slot) (Slot, Acc, Slot) (Acc, Slot, Slot) (Acc, Acc, Slot) (Slot, Slot, Acc)
            (Acc, Slot, Acc) (SlotAcc, Slot, Slot) (SlotAcc, Acc, Slot) (SlotAcc, Slot, Acc) (Slot, S8, Slot)
            (Acc, S8, Slot) (Slot, S8, Acc) (Acc, S8, Acc) (Slot, S32, Slot)
        ] {
            i32_sub => { d = i32_sub(a, b) }
            i64_sub => { d = i64_sub(a, b) }
        }
        // Shifts and rotations.
        family base { d, a, b } [
            (Slot, Slot, Slot) (Slot, Acc, Slot) (Acc, Slot, Slot) (Acc, Acc, Slot) (Slot, Slot, Acc)
            (Acc, Slot, Acc) (SlotAcc, Slot, Slot) (SlotAcc, Acc, Slot) (Slot, Slot, S8) (Slot, Acc, S8)
            (Acc, Slot, S8) (Acc, Acc, S8) (SlotAcc, Slot, S8) (SlotAcc, Acc, S8) (Slot, S8, Slot)
            (Acc, S8, Slot) (Slot, S8, Acc) (Acc, S8, Acc) (Slot, S32, Slot)
        ] {
            i32_shl => { d = i32_shl(a, b) }
            i32_shr_s => { d = i32_shr_s(a, b) }
            i32_shr_u => { d = i32_shr_u(a, b) }
            i32_rotl => { d = i32_rotl(a, b) }
            i32_rotr => { d = i32_rotr(a, b) }
            i64_shl => { d = i64_shl(a, b) }
            i64_shr_s => { d = i64_shr_s(a, b) }
            i64_shr_u => { d = i64_shr_u(a, b) }
            i64_rotl => { d = i64_rotl(a, b) }
            i64_rotr => { d = i64_rotr(a, b) }
        }
        // Division.
        family base { d, a, b } [
            (Slot, Slot, Slot) (Slot, Acc, Slot) (Acc, Slot, Slot) (Acc, Acc, Slot) (Slot, Slot, Acc)
            (Slot, Slot, S16) (Slot, Acc, S8) (Acc, Slot, S8) (Acc, Acc, S16) (Slot, Slot, S32)
            (Slot, S32, Slot)
        ] {
            i32_div_s => { d = i32_div_s(a, b) }
            i32_div_u => { d = i32_div_u(a, b) }
            i32_rem_s => { d = i32_rem_s(a, b) }
            i32_rem_u => { d = i32_rem_u(a, b) }
            i64_div_s => { d = i64_div_s(a, b) }
            i64_div_u => { d = i64_div_u(a, b) }
            i64_rem_s => { d = i64_rem_s(a, b) }
            i64_rem_u => { d = i64_rem_u(a, b) }
        }
        // Comparisons that leave a value. Those that aren't here exchange operands or step the constant.
        family base { d, a, b } [
            (Slot, Slot, Slot) (Acc, Slot, Slot) (Slot, Acc, Slot) (Acc, Acc, Slot) (Slot, Slot, Acc)
            (Acc, Slot, Acc) (Slot, Slot, S16) (Slot, Acc, S16) (Acc, Slot, S16) (Acc, Acc, S16)
            (Slot, Slot, S32) (Acc, Acc, S32)
        ] {
            i32_eq => { d = i32_eq(a, b) }
            i32_ne => { d = i32_ne(a, b) }
            i32_lt_s => { d = i32_lt_s(a, b) }
            i32_lt_u => { d = i32_lt_u(a, b) }
            i64_eq => { d = i64_eq(a, b) }
            i64_ne => { d = i64_ne(a, b) }
            i64_lt_s => { d = i64_lt_s(a, b) }
            i64_lt_u => { d = i64_lt_u(a, b) }
        }
        family base { d, a, b } [
            (Slot, Slot, Slot) (Acc, Slot, Slot) (Slot, Acc, Slot) (Acc, Acc, Slot) (Slot, Slot, Acc)
            (Acc, Slot, Acc)
        ] {
            i32_le_s => { d = i32_le_s(a, b) }
            i32_le_u => { d = i32_le_u(a, b) }
            i64_le_s => { d = i64_le_s(a, b) }
            i64_le_u => { d = i64_le_u(a, b) }
        }
        family base { d, a, b } [
            (Slot, Slot, S16) (Slot, Acc, S16) (Acc, Slot, S16) (Acc, Acc, S16) (Slot, Slot, S32)
            (Acc, Acc, S32)
        ] {
            i32_gt_s => { d = i32_gt_s(a, b) }
            i32_gt_u => { d = i32_gt_u(a, b) }
            i64_gt_s => { d = i64_gt_s(a, b) }
            i64_gt_u => { d = i64_gt_u(a, b) }
        }
        // Integer operators of one operand. Wrapping and reinterpretation cost nothing: a reader takes the bits it needs.
        family base { d, a } [
            (Slot, Slot) (Acc, Slot) (Slot, Acc) (Acc, Acc)
        ] {
            i32_eqz => { d = i32_eqz(a) }
            i32_clz => { d = i32_clz(a) }
            i32_ctz => { d = i32_ctz(a) }
            i32_popcnt => { d = i32_popcnt(a) }
            i32_extend8_s => { d = i32_extend8_s(a) }
            i32_extend16_s => { d = i32_extend16_s(a) }
            i64_eqz => { d = i64_eqz(a) }
            i64_clz => { d = i64_clz(a) }
            i64_ctz => { d = i64_ctz(a) }
            i64_popcnt => { d = i64_popcnt(a) }
            i64_extend_i32_s => { d = i64_extend_i32_s(a) }
            i64_extend_i32_u => { d = i64_extend_i32_u(a) }
            i64_extend8_s => { d = i64_extend8_s(a) }
            i64_extend16_s => { d = i64_extend16_s(a) }
            i64_extend32_s => { d = i64_extend32_s(a) }
        }
        // Moves.
        family base { d, a } [
            (Slot, Slot) (SlotW, SlotW) (Acc, Slot) (Slot, Acc) (FAcc, Slot) (Slot, FAcc)
        ] {
            copy => { d = copy(a) }
        }
        family base { d, a } [
            (Slot, S8) (Slot, S32) (Slot, S64) (Slot, U32) (SlotW, U32) (SlotW, S32) (SlotW, S64) (Acc, S16)
            (Acc, S32) (Acc, S64) (FAcc, S64) (Slot, S16)
        ] {
            constant => { d = copy(a) }
        }
        family base { d, a, e, b } [
            (Slot, Slot, Slot, Slot) (Slot, Slot, Slot, S8) (Slot, S8, Slot, S8)
        ] {
            copy2 => { d = copy(a); e = copy(b) }
        }
        family base { d, a, e, b, f, c } [
            (Slot, Slot, Slot, Slot, Slot, Slot)
        ] {
            copy3 => { d = copy(a); e = copy(b); f = copy(c) }
        }
        family base { d, a, b, c } [
            (Slot, Slot, Slot, Slot) (Acc, Slot, Slot, Slot) (Slot, Slot, Slot, Acc) (Slot, Slot, Acc, Slot)
            (Slot, Acc, Slot, Slot) (Slot, Slot, S8, Slot) (Slot, S8, Slot, Slot) (Slot, S8, S8, Slot)
            (Slot, Slot, S8, Acc) (Slot, S8, Slot, Acc) (Slot, S8, S8, Acc) (Acc, Slot, S8, Slot)
            (Acc, S8, Slot, Slot)
        ] {
            select => { d = select(a, b, c) }
        }
        // Loads: a constant offset, the destination, the address.
        family base { o, d, a } [
            (U16, Slot, Slot) (U16, Acc, Slot) (U8, Slot, Acc) (U16, Acc, Acc) (U16, SlotAcc, Slot)
            (U32, Slot, Slot) (U32, Acc, Acc) (U32, Slot, Acc) (U32, Acc, Slot)
        ] {
            i32_load => { d = i32_load(a, o) }
            i64_load => { d = i64_load(a, o) }
            i32_load8_s => { d = i32_load8_s(a, o) }
            i32_load8_u => { d = i32_load8_u(a, o) }
            i32_load16_s => { d = i32_load16_s(a, o) }
            i32_load16_u => { d = i32_load16_u(a, o) }
            i64_load8_s => { d = i64_load8_s(a, o) }
            i64_load8_u => { d = i64_load8_u(a, o) }
            i64_load16_s => { d = i64_load16_s(a, o) }
            i64_load16_u => { d = i64_load16_u(a, o) }
            i64_load32_s => { d = i64_load32_s(a, o) }
            i64_load32_u => { d = i64_load32_u(a, o) }
        }
        family float { o, d, a } [
            (U16, Slot, Slot) (U16, FAcc, Slot) (U16, Slot, Acc) (U16, FAcc, Acc) (U32, Slot, Slot)
        ] {
            f32_load => { d = f32_load(a, o) }
            f64_load => { d = f64_load(a, o) }
        }
        // Stores: a constant offset, the address, the value.
        family base { o, a, v } [
            (U16, Slot, Slot) (U16, Slot, Acc) (U16, Acc, Slot) (U16, Slot, S8) (U16, Acc, S8) (U32, Slot, Slot)
            (U32, Slot, Acc) (U32, Acc, Slot)
        ] {
            i32_store => { i32_store(a, o, v) }
            i64_store => { i64_store(a, o, v) }
            i32_store8 => { i32_store8(a, o, v) }
            i32_store16 => { i32_store16(a, o, v) }
            i64_store8 => { i64_store8(a, o, v) }
            i64_store16 => { i64_store16(a, o, v) }
            i64_store32 => { i64_store32(a, o, v) }
        }
        family float { o, a, v } [
            (U16, Slot, Slot) (U16, Slot, FAcc) (U16, Acc, Slot) (U16, Acc, FAcc) (U32, Slot, Slot)
        ] {
            f32_store => { f32_store(a, o, v) }
            f64_store => { f64_store(a, o, v) }
        }
        // Number globals, the module's own and imported ones.
        family base { g, d } [
            (Global, Slot) (Global, Acc)
        ] {
            global_get => { d = global_get(g) }
        }
        family base { g, a } [
            (Global, Slot) (Global, Acc) (Global, S32)
        ] {
            global_set => { global_set(g, a) }
        }
        family base { g, d } [
            (ImportedGlobal, Slot) (ImportedGlobal, Acc)
        ] {
            imported_global_get => { d = imported_global_get(g) }
        }
        family base { g, a } [
            (ImportedGlobal, Slot) (ImportedGlobal, Acc) (ImportedGlobal, S32)
        ] {
            imported_global_set => { imported_global_set(g, a) }
        }
        family base { d } [
            (Slot) (Acc)
        ] {
            memory_size => { d = memory_size() }
        }
        // Floating point.
        family float { d, a, b } [
            (Slot, Slot, Slot) (FAcc, Slot, Slot) (Slot, FAcc, Slot) (FAcc, FAcc, Slot) (Slot, Slot, FAcc)
            (FAcc, Slot, FAcc) (SlotFAcc, Slot, Slot) (SlotFAcc, FAcc, Slot) (SlotFAcc, Slot, FAcc)
        ] {
            f32_add => { d = f32_add(a, b) }
            f32_sub => { d = f32_sub(a, b) }
            f32_mul => { d = f32_mul(a, b) }
            f32_div => { d = f32_div(a, b) }
            f32_min => { d = f32_min(a, b) }
            f32_max => { d = f32_max(a, b) }
            f32_copysign => { d = f32_copysign(a, b) }
            f64_add => { d = f64_add(a, b) }
            f64_sub => { d = f64_sub(a, b) }
            f64_mul => { d = f64_mul(a, b) }
            f64_div => { d = f64_div(a, b) }
            f64_min => { d = f64_min(a, b) }
            f64_max => { d = f64_max(a, b) }
            f64_copysign => { d = f64_copysign(a, b) }
        }
        family float { d, a } [
            (Slot, Slot) (FAcc, Slot) (Slot, FAcc) (FAcc, FAcc)
        ] {
            f32_abs => { d = f32_abs(a) }
            f32_neg => { d = f32_neg(a) }
            f32_ceil => { d = f32_ceil(a) }
            f32_floor => { d = f32_floor(a) }
            f32_trunc => { d = f32_trunc(a) }
            f32_nearest => { d = f32_nearest(a) }
            f32_sqrt => { d = f32_sqrt(a) }
            f64_abs => { d = f64_abs(a) }
            f64_neg => { d = f64_neg(a) }
            f64_ceil => { d = f64_ceil(a) }
            f64_floor => { d = f64_floor(a) }
            f64_trunc => { d = f64_trunc(a) }
            f64_nearest => { d = f64_nearest(a) }
            f64_sqrt => { d = f64_sqrt(a) }
            f32_demote_f64 => { d = f32_demote_f64(a) }
            f64_promote_f32 => { d = f64_promote_f32(a) }
        }
        family float { d, a, b } [
            (Slot, Slot, Slot) (Acc, Slot, Slot) (Slot, FAcc, Slot) (Acc, FAcc, Slot) (Slot, Slot, FAcc)
            (Acc, Slot, FAcc)
        ] {
            f32_eq => { d = f32_eq(a, b) }
            f32_ne => { d = f32_ne(a, b) }
            f32_lt => { d = f32_lt(a, b) }
            f32_le => { d = f32_le(a, b) }
            f64_eq => { d = f64_eq(a, b) }
            f64_ne => { d = f64_ne(a, b) }
            f64_lt => { d = f64_lt(a, b) }
            f64_le => { d = f64_le(a, b) }
        }
        family float { d, a } [
            (Slot, Slot) (Acc, Slot) (Slot, FAcc) (Acc, FAcc)
        ] {
            i32_trunc_f32_s => { d = i32_trunc_f32_s(a) }
            i32_trunc_f32_u => { d = i32_trunc_f32_u(a) }
            i32_trunc_f64_s => { d = i32_trunc_f64_s(a) }
            i32_trunc_f64_u => { d = i32_trunc_f64_u(a) }
            i32_trunc_sat_f32_s => { d = i32_trunc_sat_f32_s(a) }
            i32_trunc_sat_f32_u => { d = i32_trunc_sat_f32_u(a) }
            i32_trunc_sat_f64_s => { d = i32_trunc_sat_f64_s(a) }
            i32_trunc_sat_f64_u => { d = i32_trunc_sat_f64_u(a) }
            i64_trunc_f32_s => { d = i64_trunc_f32_s(a) }
            i64_trunc_f32_u => { d = i64_trunc_f32_u(a) }
            i64_trunc_f64_s => { d = i64_trunc_f64_s(a) }
            i64_trunc_f64_u => { d = i64_trunc_f64_u(a) }
            i64_trunc_sat_f32_s => { d = i64_trunc_sat_f32_s(a) }
            i64_trunc_sat_f32_u => { d = i64_trunc_sat_f32_u(a) }
            i64_trunc_sat_f64_s => { d = i64_trunc_sat_f64_s(a) }
            i64_trunc_sat_f64_u => { d = i64_trunc_sat_f64_u(a) }
        }
        family float { d, a } [
            (Slot, Slot) (FAcc, Slot) (Slot, Acc) (FAcc, Acc)
        ] {
            f32_convert_i32_s => { d = f32_convert_i32_s(a) }
            f32_convert_i32_u => { d = f32_convert_i32_u(a) }
            f32_convert_i64_s => { d = f32_convert_i64_s(a) }
            f32_convert_i64_u => { d = f32_convert_i64_u(a) }
            f64_convert_i32_s => { d = f64_convert_i32_s(a) }
            f64_convert_i32_u => { d = f64_convert_i32_u(a) }
            f64_convert_i64_s => { d = f64_convert_i64_s(a) }
            f64_convert_i64_u => { d = f64_convert_i64_u(a) }
        }
        // Branches. Only `Back` targets go backwards, and they charge fuel.
        family base { to } [
            (Fwd16) (Fwd32) (Back16) (Back32)
        ] {
            br => { goto to }
        }
        family base { to, a } [
            (Fwd16, Slot) (Fwd16, Acc) (Back16, Slot) (Back16, Acc)
        ] {
            br_if => { if copy(a) goto to }
            br_i32_eqz => { if i32_eqz(a) goto to }
            br_i64_eqz => { if i64_eqz(a) goto to }
        }
        family base { to, a, b } [
            (Fwd16, Slot, Slot) (Fwd16, Acc, Slot) (Fwd16, Slot, Acc) (Back16, Slot, Slot) (Back16, Acc, Slot)
            (Back16, Slot, Acc) (Fwd16, Slot, S16) (Fwd16, Acc, S16) (Fwd16, Slot, S32) (Fwd16, Acc, S32)
            (Back16, Slot, S16) (Back16, Acc, S16) (Back16, Slot, S32) (Back16, Acc, S32)
        ] {
            br_i32_eq => { if i32_eq(a, b) goto to }
            br_i32_ne => { if i32_ne(a, b) goto to }
            br_i32_lt_s => { if i32_lt_s(a, b) goto to }
            br_i32_lt_u => { if i32_lt_u(a, b) goto to }
            br_i64_eq => { if i64_eq(a, b) goto to }
            br_i64_ne => { if i64_ne(a, b) goto to }
            br_i64_lt_s => { if i64_lt_s(a, b) goto to }
            br_i64_lt_u => { if i64_lt_u(a, b) goto to }
        }
        family base { to, a, b } [
            (Fwd16, Slot, Slot) (Fwd16, Acc, Slot) (Fwd16, Slot, Acc) (Back16, Slot, Slot) (Back16, Acc, Slot)
            (Back16, Slot, Acc)
        ] {
            br_i32_le_s => { if i32_le_s(a, b) goto to }
            br_i32_le_u => { if i32_le_u(a, b) goto to }
            br_i64_le_s => { if i64_le_s(a, b) goto to }
            br_i64_le_u => { if i64_le_u(a, b) goto to }
        }
        family base { to, a, b } [
            (Fwd16, Slot, S16) (Fwd16, Acc, S16) (Fwd16, Slot, S32) (Fwd16, Acc, S32) (Back16, Slot, S16)
            (Back16, Acc, S16) (Back16, Slot, S32) (Back16, Acc, S32)
        ] {
            br_i32_gt_s => { if i32_gt_s(a, b) goto to }
            br_i32_gt_u => { if i32_gt_u(a, b) goto to }
            br_i64_gt_s => { if i64_gt_s(a, b) goto to }
            br_i64_gt_u => { if i64_gt_u(a, b) goto to }
        }
        family base { to, a, b } [
            (Fwd16, Slot, Slot) (Fwd16, Slot, S16) (Back16, Slot, Slot) (Back16, Slot, S16)
        ] {
            br_i32_test => { if i32_and(a, b) goto to }
            br_i32_test_eqz => { if i32_eqz(i32_and(a, b)) goto to }
        }
        family float { to, a, b } [
            (Fwd16, Slot, Slot) (Fwd16, FAcc, Slot) (Fwd16, Slot, FAcc) (Back16, Slot, Slot)
            (Back16, FAcc, Slot) (Back16, Slot, FAcc)
        ] {
            br_f32_eq => { if f32_eq(a, b) goto to }
            br_f32_ne => { if f32_ne(a, b) goto to }
            br_f32_lt => { if f32_lt(a, b) goto to }
            br_f32_le => { if f32_le(a, b) goto to }
            br_f64_eq => { if f64_eq(a, b) goto to }
            br_f64_ne => { if f64_ne(a, b) goto to }
            br_f64_lt => { if f64_lt(a, b) goto to }
            br_f64_le => { if f64_le(a, b) goto to }
            br_not_f32_lt => { if i32_eqz(f32_lt(a, b)) goto to }
            br_not_f32_le => { if i32_eqz(f32_le(a, b)) goto to }
            br_not_f64_lt => { if i32_eqz(f64_lt(a, b)) goto to }
            br_not_f64_le => { if i32_eqz(f64_le(a, b)) goto to }
        }
        // Control that no expression tells.
        family base { t, a } [
            (Targets16, Slot) (Targets16, Acc) (Targets32, Slot) (Targets32, Acc)
        ] {
            br_table => { goto t[a] }
        }
        family base {  } [
            ()
        ] {
            leave => { hand uses() defs() ends }
            ret => { hand uses() defs() ends }
        }
        family base { k } [
            (U8)
        ] {
            trap => { hand uses() defs() ends }
        }
        family base { a } [
            (Slot) (Acc) (FAcc) (S32) (SlotW)
        ] {
            ret_value => { hand uses(a) defs() ends }
        }
        family base { f, w } [
            (Func16, Window) (Func32, Window)
        ] {
            call => { hand uses() defs() falls clobbers }
        }
        family refs { f, w, v } [
            (Func32, Window, RefWindow)
        ] {
            call_refs => { hand uses() defs() falls clobbers }
        }
        family base { f, w, v } [
            (ImportedFunc, Window, RefWindow)
        ] {
            call_import => { slow uses() defs() falls clobbers }
        }
        family base { t, x, w, v, a } [
            (TypeIndex, Table, Window, RefWindow, Slot) (TypeIndex, Table, Window, RefWindow, Acc)
        ] {
            call_indirect => { hand uses(a) defs() falls clobbers }
        }
        // Operations that the driver carries out.
        family base { d, a } [
            (Slot, Slot)
        ] {
            memory_grow => { slow uses(a) defs(d) falls }
        }
        family base { a, b, c } [
            (Slot, Slot, Slot)
        ] {
            memory_fill => { slow uses(a b c) defs() falls }
            memory_copy => { slow uses(a b c) defs() falls }
        }
        family base { s, a, b, c } [
            (Data, Slot, Slot, Slot)
        ] {
            memory_init => { slow uses(a b c) defs() falls }
        }
        family base { s } [
            (Data)
        ] {
            data_drop => { slow uses() defs() falls }
        }
        family refs { d } [
            (RefSlot)
        ] {
            ref_null => { hand uses() defs(d) falls }
        }
        family refs { d, a } [
            (RefSlot, RefSlot)
        ] {
            ref_copy => { hand uses(a) defs(d) falls }
        }
        family refs { d, a } [
            (Slot, RefSlot)
        ] {
            ref_is_null => { hand uses(a) defs(d) falls }
        }
        family refs { d, a, b, c } [
            (RefSlot, RefSlot, RefSlot, Slot)
        ] {
            ref_select => { hand uses(a b c) defs(d) falls }
        }
        family refs { f, d } [
            (AnyFunc, RefSlot)
        ] {
            ref_func => { slow uses() defs(d) falls }
        }
        family refs { g, d } [
            (RefGlobal, RefSlot)
        ] {
            ref_global_get => { slow uses() defs(d) falls }
        }
        family refs { g, a } [
            (RefGlobal, RefSlot)
        ] {
            ref_global_set => { slow uses(a) defs() falls }
        }
        family refs { x, d, a } [
            (Table, RefSlot, Slot)
        ] {
            table_get => { slow uses(a) defs(d) falls }
        }
        family refs { x, a, b } [
            (Table, Slot, RefSlot)
        ] {
            table_set => { slow uses(a b) defs() falls }
        }
        family refs { x, d } [
            (Table, Slot)
        ] {
            table_size => { slow uses() defs(d) falls }
        }
        family refs { x, d, a, b } [
            (Table, Slot, RefSlot, Slot)
        ] {
            table_grow => { slow uses(a b) defs(d) falls }
        }
        family refs { x, a, b, c } [
            (Table, Slot, RefSlot, Slot)
        ] {
            table_fill => { slow uses(a b c) defs() falls }
        }
        family refs { x, y, a, b, c } [
            (Table, Table, Slot, Slot, Slot)
        ] {
            table_copy => { slow uses(a b c) defs() falls }
        }
        family refs { x, s, a, b, c } [
            (Table, Elem, Slot, Slot, Slot)
        ] {
            table_init => { slow uses(a b c) defs() falls }
        }
        family refs { s } [
            (Elem)
        ] {
            elem_drop => { slow uses() defs() falls }
        }
        // Indexed memory.
        family fused { o, d, a, b } [
            (U8, Slot, Slot, Slot) (U8, Acc, Slot, Slot) (U8, Slot, Acc, Slot) (U8, Acc, Acc, Slot)
            (U8, Slot, Slot, S32) (U8, Acc, Slot, S32) (U8, SlotAcc, Slot, Slot)
        ] {
            i32_load_add => { d = i32_load(i32_add(a, b), o) }
            i64_load_add => { d = i64_load(i32_add(a, b), o) }
            i32_load8_u_add => { d = i32_load8_u(i32_add(a, b), o) }
            i32_load8_s_add => { d = i32_load8_s(i32_add(a, b), o) }
            i32_load16_u_add => { d = i32_load16_u(i32_add(a, b), o) }
            i32_load16_s_add => { d = i32_load16_s(i32_add(a, b), o) }
        }
        family fused { o, d, a, b } [
            (U8, Slot, Slot, Slot) (U8, FAcc, Slot, Slot) (U8, Slot, Slot, Acc)
        ] {
            f64_load_add => { d = f64_load(i32_add(a, b), o) }
            f32_load_add => { d = f32_load(i32_add(a, b), o) }
        }
        family fused { o, d, a, b, k } [
            (U8, Slot, Slot, Slot, U8) (U8, Acc, Slot, Slot, U8) (U8, Slot, Slot, Acc, U8)
            (U8, Acc, Slot, Acc, U8)
        ] {
            i32_load_shl => { d = i32_load(i32_add(a, i32_shl(b, k)), o) }
            i64_load_shl => { d = i64_load(i32_add(a, i32_shl(b, k)), o) }
            i32_load16_u_shl => { d = i32_load16_u(i32_add(a, i32_shl(b, k)), o) }
            i32_load16_s_shl => { d = i32_load16_s(i32_add(a, i32_shl(b, k)), o) }
        }
        family fused { o, d, a, b, k } [
            (U8, Slot, Slot, Slot, U8) (U8, FAcc, Slot, Slot, U8)
        ] {
            f64_load_shl => { d = f64_load(i32_add(a, i32_shl(b, k)), o) }
        }
        family fused { o, a, b, v } [
            (U8, Slot, Slot, Slot) (U8, Slot, Slot, Acc) (U8, Slot, Acc, Slot) (U8, Slot, S32, Slot)
            (U8, Slot, S32, Acc) (U8, Slot, S32, S8)
        ] {
            i32_store_to_add => { i32_store(i32_add(a, b), o, v) }
            i64_store_to_add => { i64_store(i32_add(a, b), o, v) }
            i32_store8_to_add => { i32_store8(i32_add(a, b), o, v) }
            i32_store16_to_add => { i32_store16(i32_add(a, b), o, v) }
        }
        family fused { o, a, b, v } [
            (U8, Slot, Slot, Slot) (U8, Slot, Slot, FAcc)
        ] {
            f64_store_to_add => { f64_store(i32_add(a, b), o, v) }
            f32_store_to_add => { f32_store(i32_add(a, b), o, v) }
        }
        family fused { o, a, b, k, v } [
            (U8, Slot, Slot, U8, Slot) (U8, Slot, Slot, U8, Acc)
        ] {
            i32_store_to_shl => { i32_store(i32_add(a, i32_shl(b, k)), o, v) }
            i32_store16_to_shl => { i32_store16(i32_add(a, i32_shl(b, k)), o, v) }
        }
        // A shift or rotation, then another operation.
        family fused { d, a, b, k } [
            (Slot, Slot, Slot, S8) (Acc, Slot, Slot, S8) (Slot, Acc, Slot, S8) (Slot, Slot, Acc, S8)
            (Acc, Acc, Slot, S8) (Acc, Slot, Acc, S8) (SlotAcc, Slot, Slot, S8) (SlotAcc, Acc, Slot, S8)
        ] {
            i32_add_shl => { d = i32_add(a, i32_shl(b, k)) }
            i32_add_and => { d = i32_add(a, i32_and(b, k)) }
            i32_or_shl => { d = i32_or(a, i32_shl(b, k)) }
            i32_xor_shl => { d = i32_xor(a, i32_shl(b, k)) }
            i32_xor_shr_u => { d = i32_xor(a, i32_shr_u(b, k)) }
            i32_or_shr_u => { d = i32_or(a, i32_shr_u(b, k)) }
            i32_add_shr_u => { d = i32_add(a, i32_shr_u(b, k)) }
            i32_xor_rotl => { d = i32_xor(a, i32_rotl(b, k)) }
            i32_add_rotl => { d = i32_add(a, i32_rotl(b, k)) }
            i64_add_rotl => { d = i64_add(a, i64_rotl(b, k)) }
            i64_xor_rotl => { d = i64_xor(a, i64_rotl(b, k)) }
            i64_add_shl => { d = i64_add(a, i64_shl(b, k)) }
            i64_or_shl => { d = i64_or(a, i64_shl(b, k)) }
            i64_xor_shl => { d = i64_xor(a, i64_shl(b, k)) }
            i64_xor_shr_u => { d = i64_xor(a, i64_shr_u(b, k)) }
        }
        family fused { d, a, b, k } [
            (Slot, Slot, Slot, S8) (Acc, Slot, Slot, S8) (Slot, Acc, Slot, S8) (Acc, Acc, Slot, S8)
            (SlotAcc, Slot, Slot, S8)
        ] {
            i64_rotl_xor => { d = i64_rotl(i64_xor(a, b), k) }
            i32_rotl_xor => { d = i32_rotl(i32_xor(a, b), k) }
            i32_rotl_add => { d = i32_rotl(i32_add(a, b), k) }
            i64_rotl_add => { d = i64_rotl(i64_add(a, b), k) }
            i32_shl_add => { d = i32_shl(i32_add(a, b), k) }
            i32_shr_u_sub => { d = i32_shr_u(i32_sub(a, b), k) }
        }
        // Bit fields: two constants.
        family fused { d, a, k, m } [
            (Slot, Slot, S8, S8) (Acc, Slot, S8, S8) (Slot, Acc, S8, S8) (Acc, Acc, S8, S8)
            (Slot, Slot, S8, S16) (Acc, Acc, S8, S16) (Slot, Slot, S8, S32) (Acc, Acc, S8, S32)
        ] {
            i32_and_shr_u => { d = i32_and(i32_shr_u(a, k), m) }
            i64_and_shr_u => { d = i64_and(i64_shr_u(a, k), m) }
            i32_and_shl => { d = i32_and(i32_shl(a, k), m) }
            i32_and_add => { d = i32_and(i32_add(a, k), m) }
        }
        family fused { d, a, m, k } [
            (Slot, Slot, S8, S8) (Acc, Slot, S8, S8) (Slot, Acc, S8, S8) (Acc, Acc, S8, S8)
            (Slot, Slot, S16, S8) (Acc, Acc, S16, S8)
        ] {
            i32_shl_and => { d = i32_shl(i32_and(a, m), k) }
            i32_add_shl_k => { d = i32_add(i32_shl(a, m), k) }
            i32_shl_add_k => { d = i32_shl(i32_add(a, m), k) }
            i32_shr_s_shl => { d = i32_shr_s(i32_shl(a, m), k) }
            i32_add_mul_k => { d = i32_add(i32_mul(a, m), k) }
            i32_add_and_k => { d = i32_add(i32_and(a, m), k) }
        }
        // Two operations on three values.
        family fused { d, a, b, c } [
            (Slot, Slot, Slot, Slot) (Acc, Slot, Slot, Slot) (Slot, Acc, Slot, Slot) (Acc, Acc, Slot, Slot)
            (Slot, Slot, Slot, Acc) (Acc, Slot, Slot, Acc)
        ] {
            i32_add3 => { d = i32_add(i32_add(a, b), c) }
            i32_add_mul => { d = i32_add(i32_mul(a, b), c) }
            i32_xor3 => { d = i32_xor(i32_xor(a, b), c) }
            i32_xor_and => { d = i32_xor(i32_and(a, b), c) }
            i32_or_and => { d = i32_or(i32_and(a, b), c) }
            i32_and_xor => { d = i32_and(i32_xor(a, b), c) }
            i32_add_xor => { d = i32_add(i32_xor(a, b), c) }
            i32_xor_add => { d = i32_xor(i32_add(a, b), c) }
            i64_add3 => { d = i64_add(i64_add(a, b), c) }
            i64_add_mul => { d = i64_add(i64_mul(a, b), c) }
            i64_xor3 => { d = i64_xor(i64_xor(a, b), c) }
            i64_xor_add => { d = i64_xor(i64_add(a, b), c) }
            i64_xor_and => { d = i64_xor(i64_and(a, b), c) }
            i64_add_xor => { d = i64_add(i64_xor(a, b), c) }
        }
        family fused { d, a, b, k } [
            (Slot, Slot, Slot, S8) (Acc, Slot, Slot, S8) (Slot, Acc, Slot, S8) (Acc, Acc, Slot, S8)
        ] {
            i32_add3_k => { d = i32_add(i32_add(a, b), k) }
            i32_add_sub_k => { d = i32_add(i32_sub(a, b), k) }
            i32_and_add3 => { d = i32_and(i32_add(a, b), k) }
            i32_and_or_k => { d = i32_and(i32_or(a, b), k) }
            i32_and_sub_k => { d = i32_and(i32_sub(a, b), k) }
        }
        // Multiplication and addition in two roundings.
        family fused { d, a, b, c } [
            (Slot, Slot, Slot, Slot) (FAcc, Slot, Slot, Slot) (Slot, FAcc, Slot, Slot) (FAcc, FAcc, Slot, Slot)
            (Slot, Slot, Slot, FAcc) (FAcc, Slot, Slot, FAcc) (SlotFAcc, Slot, Slot, Slot)
            (SlotFAcc, Slot, Slot, FAcc) (SlotFAcc, FAcc, Slot, Slot)
        ] {
            f64_add_mul => { d = f64_add(f64_mul(a, b), c) }
            f64_sub_mul => { d = f64_sub(c, f64_mul(a, b)) }
            f64_mul_sub => { d = f64_sub(f64_mul(a, b), c) }
            f64_add3 => { d = f64_add(f64_add(a, b), c) }
            f64_mul3 => { d = f64_mul(f64_mul(a, b), c) }
            f64_mul_add => { d = f64_mul(f64_add(a, b), c) }
            f64_sub_then_mul => { d = f64_mul(f64_sub(a, b), c) }
            f32_add_mul => { d = f32_add(f32_mul(a, b), c) }
            f32_sub_mul => { d = f32_sub(c, f32_mul(a, b)) }
            f32_mul_sub => { d = f32_sub(f32_mul(a, b), c) }
            f32_add3 => { d = f32_add(f32_add(a, b), c) }
            f32_mul3 => { d = f32_mul(f32_mul(a, b), c) }
            f32_mul_add => { d = f32_mul(f32_add(a, b), c) }
            f32_sub_then_mul => { d = f32_mul(f32_sub(a, b), c) }
        }
        // An operation on what is loaded.
        family fused { o, d, a, b } [
            (U16, Slot, Slot, Slot) (U16, Acc, Slot, Slot) (U16, Slot, Slot, Acc) (U16, Acc, Slot, Acc)
            (U16, Slot, Acc, Slot) (U16, Acc, Acc, Slot)
        ] {
            i32_add_load => { d = i32_add(i32_load(a, o), b) }
            i32_add_load8_u => { d = i32_add(i32_load8_u(a, o), b) }
            i32_sub_load => { d = i32_sub(b, i32_load(a, o)) }
            i32_and_load => { d = i32_and(i32_load(a, o), b) }
            i32_xor_load => { d = i32_xor(i32_load(a, o), b) }
            i32_mul_load => { d = i32_mul(i32_load(a, o), b) }
            i64_add_load => { d = i64_add(i64_load(a, o), b) }
            i64_xor_load => { d = i64_xor(i64_load(a, o), b) }
        }
        family fused { o, d, a, k } [
            (U16, Slot, Slot, S8) (U16, Acc, Slot, S8) (U16, Slot, Acc, S8) (U16, Acc, Acc, S8)
        ] {
            i32_add_load_k => { d = i32_add(i32_load(a, o), k) }
            i32_and_load_k => { d = i32_and(i32_load(a, o), k) }
            i32_and_load8_u_k => { d = i32_and(i32_load8_u(a, o), k) }
            i32_shl_load_k => { d = i32_shl(i32_load(a, o), k) }
            i32_shl_load8_u_k => { d = i32_shl(i32_load8_u(a, o), k) }
        }
        family fused { o, d, a, b } [
            (U16, Slot, Slot, Slot) (U16, Acc, Slot, Slot)
        ] {
            i32_lt_s_load => { d = i32_lt_s(i32_load(a, o), b) }
            i32_lt_u_load => { d = i32_lt_u(i32_load(a, o), b) }
            i32_le_s_load => { d = i32_le_s(i32_load(a, o), b) }
            i32_le_u_load => { d = i32_le_u(i32_load(a, o), b) }
        }
        family fused { o, d, a, b } [
            (U16, Slot, Slot, Slot) (U16, FAcc, Slot, Slot) (U16, Slot, Slot, FAcc) (U16, FAcc, Slot, FAcc)
        ] {
            f64_add_load => { d = f64_add(f64_load(a, o), b) }
            f64_mul_load => { d = f64_mul(f64_load(a, o), b) }
            f32_add_load => { d = f32_add(f32_load(a, o), b) }
            f32_mul_load => { d = f32_mul(f32_load(a, o), b) }
        }
        family fused { o, p, d, a } [
            (U16, U16, Slot, Slot) (U16, U16, Acc, Slot) (U16, U16, Slot, Acc)
        ] {
            i32_load_load => { d = i32_load(i32_load(a, o), p) }
            i32_load8_u_load => { d = i32_load8_u(i32_load(a, o), p) }
        }
        // From memory to memory.
        family fused { o, p, a, b } [
            (U16, U16, Slot, Slot) (U16, U16, Slot, Acc)
        ] {
            i32_store_load => { i32_store(a, o, i32_load(b, p)) }
            i64_store_load => { i64_store(a, o, i64_load(b, p)) }
            i32_store8_load8_u => { i32_store8(a, o, i32_load8_u(b, p)) }
        }
        family fused { o, a, b, c } [
            (U16, Slot, Slot, Slot) (U16, Slot, Acc, Slot)
        ] {
            i32_store_add => { i32_store(a, o, i32_add(b, c)) }
            i64_store_add => { i64_store(a, o, i64_add(b, c)) }
            i32_store_xor => { i32_store(a, o, i32_xor(b, c)) }
        }
        family fused { o, a, b, k } [
            (U16, Slot, Slot, S8)
        ] {
            i32_store_add_k => { i32_store(a, o, i32_add(b, k)) }
        }
        // An increment in memory.
        family fused { o, a, k } [
            (U16, Slot, S8) (U16, Slot, Slot)
        ] {
            i32_inc => { i32_store(a, o, i32_add(i32_load(a, o), k)) }
        }
        // Branches on what is loaded or computed.
        family fused { t, o, a } [
            (Targets16, U16, Slot) (Targets16, U16, Acc) (Targets16, U32, Slot) (Targets16, U32, Acc)
            (Targets32, U16, Slot) (Targets32, U16, Acc) (Targets32, U32, Slot) (Targets32, U32, Acc)
        ] {
            br_table_i32_load => { goto t[i32_load(a, o)] }
            br_table_i32_load8_u => { goto t[i32_load8_u(a, o)] }
        }
        family fused { to, o, a } [
            (Fwd16, U16, Slot) (Fwd16, U16, Acc) (Back16, U16, Slot) (Back16, U16, Acc)
        ] {
            br_i32_load => { if i32_load(a, o) goto to }
            br_i32_eqz_load => { if i32_eqz(i32_load(a, o)) goto to }
            br_i32_load8_u => { if i32_load8_u(a, o) goto to }
            br_i32_eqz_load8_u => { if i32_eqz(i32_load8_u(a, o)) goto to }
        }
        family fused { to, o, a, b } [
            (Fwd16, U16, Slot, Slot) (Fwd16, U16, Slot, S16) (Back16, U16, Slot, Slot) (Back16, U16, Slot, S16)
        ] {
            br_i32_eq_load => { if i32_eq(i32_load(a, o), b) goto to }
            br_i32_eq_load8_u => { if i32_eq(i32_load8_u(a, o), b) goto to }
            br_i32_eq_load16_u => { if i32_eq(i32_load16_u(a, o), b) goto to }
            br_i32_ne_load => { if i32_ne(i32_load(a, o), b) goto to }
            br_i32_ne_load8_u => { if i32_ne(i32_load8_u(a, o), b) goto to }
            br_i32_ne_load16_u => { if i32_ne(i32_load16_u(a, o), b) goto to }
        }
        family fused { to, o, a, b } [
            (Fwd16, U16, Slot, Slot) (Back16, U16, Slot, Slot)
        ] {
            br_i32_lt_s_load => { if i32_lt_s(i32_load(a, o), b) goto to }
            br_i32_lt_u_load => { if i32_lt_u(i32_load(a, o), b) goto to }
            br_i32_le_s_load => { if i32_le_s(i32_load(a, o), b) goto to }
            br_i32_le_u_load => { if i32_le_u(i32_load(a, o), b) goto to }
            br_i32_lt_s_to_load => { if i32_lt_s(b, i32_load(a, o)) goto to }
            br_i32_lt_u_to_load => { if i32_lt_u(b, i32_load(a, o)) goto to }
            br_i32_le_s_to_load => { if i32_le_s(b, i32_load(a, o)) goto to }
            br_i32_le_u_to_load => { if i32_le_u(b, i32_load(a, o)) goto to }
        }
        family fused { to, a, k, m } [
            (Fwd16, Slot, S8, S16) (Fwd16, Acc, S8, S16) (Back16, Slot, S8, S16) (Back16, Acc, S8, S16)
        ] {
            br_i32_and_eq => { if i32_eq(i32_and(a, k), m) goto to }
            br_i32_and_ne => { if i32_ne(i32_and(a, k), m) goto to }
            br_i32_add_lt_u => { if i32_lt_u(i32_add(a, k), m) goto to }
            br_i32_add_gt_u => { if i32_gt_u(i32_add(a, k), m) goto to }
        }
        // Counting down.
        family fused { to, d, k } [
            (Fwd16, Slot, S8) (Back16, Slot, S8)
        ] {
            i32_add_br_if => { d = i32_add(d, k); if copy(d) goto to }
            i32_add_br_eqz => { d = i32_add(d, k); if i32_eqz(d) goto to }
        }
        // Two steps of pointers.
        family fused { d, k, e, m } [
            (Slot, S8, Slot, S8)
        ] {
            i32_inc2 => { d = i32_add(d, k); e = i32_add(e, m) }
        }
        family fused { d, a, k, e, b, m } [
            (Slot, Slot, S8, Slot, Slot, S8) (Slot, Slot, S8, SlotAcc, Slot, S8)
        ] {
            i32_add_k2 => { d = i32_add(a, k); e = i32_add(b, m) }
        }
        // Two loads, two stores.
        family fused { o, p, d, a, e, b } [
            (U8, U8, Slot, Slot, Slot, Slot) (U8, U8, Slot, Slot, SlotAcc, Slot)
        ] {
            i32_load2 => { d = i32_load(a, o); e = i32_load(b, p) }
            i64_load2 => { d = i64_load(a, o); e = i64_load(b, p) }
        }
        family fused { o, p, a, v, b, u } [
            (U8, U8, Slot, Slot, Slot, Slot)
        ] {
            i32_store2 => { i32_store(a, o, v); i32_store(b, p, u) }
            i64_store2 => { i64_store(a, o, v); i64_store(b, p, u) }
        }
        // The stack pointer of compiled C.
        family fused { g, k, d } [
            (Global, S16, Slot)
        ] {
            global_get_add => { d = i32_add(global_get(g), k) }
            global_enter => { d = i32_add(global_get(g), k); global_set(g, d) }
        }
        family fused { g, a, k } [
            (Global, Slot, S16)
        ] {
            global_set_add => { global_set(g, i32_add(a, k)) }
        }
        // Selection on a comparison.
        family fused { d, a, b, c, e } [
            (Slot, Slot, Slot, Slot, Slot)
        ] {
            select_i32_eq => { d = select(a, b, i32_eq(c, e)) }
            select_i32_ne => { d = select(a, b, i32_ne(c, e)) }
            select_i32_lt_s => { d = select(a, b, i32_lt_s(c, e)) }
            select_i32_lt_u => { d = select(a, b, i32_lt_u(c, e)) }
        }
        family fused { d, a, b, c, k } [
            (Slot, Slot, Slot, Slot, S8)
        ] {
            select_i32_eq_k => { d = select(a, b, i32_eq(c, k)) }
            select_i32_ne_k => { d = select(a, b, i32_ne(c, k)) }
            select_i32_lt_s_k => { d = select(a, b, i32_lt_s(c, k)) }
            select_i32_lt_u_k => { d = select(a, b, i32_lt_u(c, k)) }
            select_i32_gt_s_k => { d = select(a, b, i32_gt_s(c, k)) }
            select_i32_gt_u_k => { d = select(a, b, i32_gt_u(c, k)) }
        }
        // A step, then another instruction of a loop.
        family fused { d, a, k, e, b, m } [
            (Slot, Slot, Slot, Slot, Slot, S8) (Slot, Slot, Slot, Slot, Slot, Slot)
            (Slot, Slot, Acc, Slot, Slot, S8) (Slot, Slot, Slot, SlotAcc, Slot, Slot)
        ] {
            i32_add2 => { d = i32_add(a, k); e = i32_add(b, m) }
        }
        family fused { o, d, a, k, e, b } [
            (U8, Slot, Slot, S8, Slot, Slot) (U8, Slot, Slot, Slot, Slot, Slot)
            (U8, Slot, Slot, S8, SlotAcc, Slot) (U8, Slot, Slot, S8, Acc, Slot)
            (U8, Slot, Slot, Slot, SlotAcc, Slot) (U8, Slot, Slot, Slot, Acc, Slot)
        ] {
            i32_add_then_load => { d = i32_add(a, k); e = i32_load(b, o) }
            i32_add_then_load8_u => { d = i32_add(a, k); e = i32_load8_u(b, o) }
        }
        family fused { o, d, a, k, e, b } [
            (U8, Slot, Slot, S8, Slot, Slot) (U8, Slot, Slot, Slot, Slot, Slot) (U8, Slot, Slot, S8, FAcc, Slot)
            (U8, Slot, Slot, Slot, FAcc, Slot)
        ] {
            i32_add_then_f64_load => { d = i32_add(a, k); e = f64_load(b, o) }
        }
        family fused { o, a, v, d, b, k } [
            (U8, Slot, Slot, Slot, Slot, S8) (U8, Slot, Slot, Slot, Slot, Slot)
        ] {
            i32_store_then_add => { i32_store(a, o, v); d = i32_add(b, k) }
            i64_store_then_add => { i64_store(a, o, v); d = i32_add(b, k) }
            f64_store_then_add => { f64_store(a, o, v); d = i32_add(b, k) }
        }
        family fused { o, a, v, d, b, k } [
            (U8, Slot, Slot, Slot, Slot, S8) (U8, Slot, Slot, Slot, Slot, Slot) (U8, Slot, S8, Slot, Slot, S8)
            (U8, Slot, S8, Slot, Slot, Slot)
        ] {
            i32_store8_then_add => { i32_store8(a, o, v); d = i32_add(b, k) }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, Slot) (Back16, Slot, Slot, S8, S16) (Fwd16, Slot, Slot, S8, Slot)
            (Fwd16, Slot, Slot, S8, S16) (Back16, Slot, Slot, Slot, S16) (Fwd16, Slot, Slot, Slot, S16)
            (Back16, Slot, Slot, Slot, Slot) (Fwd16, Slot, Slot, Slot, Slot)
        ] {
            i32_add_then_br_eq => { d = i32_add(a, k); if i32_eq(d, b) goto to }
            i32_add_then_br_ne => { d = i32_add(a, k); if i32_ne(d, b) goto to }
            i32_add_then_br_lt_s => { d = i32_add(a, k); if i32_lt_s(d, b) goto to }
            i32_add_then_br_lt_u => { d = i32_add(a, k); if i32_lt_u(d, b) goto to }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, S16) (Fwd16, Slot, Slot, S8, S16) (Back16, Slot, Slot, Slot, S16)
            (Fwd16, Slot, Slot, Slot, S16)
        ] {
            i32_add_then_br_gt_s => { d = i32_add(a, k); if i32_gt_s(d, b) goto to }
            i32_add_then_br_gt_u => { d = i32_add(a, k); if i32_gt_u(d, b) goto to }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, Slot) (Fwd16, Slot, Slot, S8, Slot) (Back16, Slot, Slot, Slot, Slot)
            (Fwd16, Slot, Slot, Slot, Slot)
        ] {
            i32_add_then_br_le_s => { d = i32_add(a, k); if i32_le_s(d, b) goto to }
            i32_add_then_br_le_u => { d = i32_add(a, k); if i32_le_u(d, b) goto to }
            i32_add_then_br_above_s => { d = i32_add(a, k); if i32_lt_s(b, d) goto to }
            i32_add_then_br_above_u => { d = i32_add(a, k); if i32_lt_u(b, d) goto to }
            i32_add_then_br_from_s => { d = i32_add(a, k); if i32_le_s(b, d) goto to }
            i32_add_then_br_from_u => { d = i32_add(a, k); if i32_le_u(b, d) goto to }
        }
        family fused { to, d, a, k } [
            (Back16, Slot, Slot, S8) (Fwd16, Slot, Slot, S8)
        ] {
            i32_add_then_br_if => { d = i32_add(a, k); if copy(d) goto to }
            i32_add_then_br_eqz => { d = i32_add(a, k); if i32_eqz(d) goto to }
        }
        family fused { to, d, a, k, b, c } [
            (Back16, Slot, Slot, S8, Slot, Slot) (Fwd16, Slot, Slot, S8, Slot, Slot)
            (Back16, Slot, Slot, S8, Acc, Slot) (Fwd16, Slot, Slot, S8, Acc, Slot)
            (Back16, Slot, Slot, S8, Slot, Acc) (Fwd16, Slot, Slot, S8, Slot, Acc)
        ] {
            i32_add_and_br_eq => { d = i32_add(a, k); if i32_eq(b, c) goto to }
            i32_add_and_br_ne => { d = i32_add(a, k); if i32_ne(b, c) goto to }
            i32_add_and_br_lt_s => { d = i32_add(a, k); if i32_lt_s(b, c) goto to }
            i32_add_and_br_lt_u => { d = i32_add(a, k); if i32_lt_u(b, c) goto to }
            i32_add_and_br_le_s => { d = i32_add(a, k); if i32_le_s(b, c) goto to }
            i32_add_and_br_le_u => { d = i32_add(a, k); if i32_le_u(b, c) goto to }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, Slot) (Fwd16, Slot, Slot, S8, Slot)
        ] {
            i32_add_and_br_if => { d = i32_add(a, k); if copy(b) goto to }
            i32_add_and_br_eqz => { d = i32_add(a, k); if i32_eqz(b) goto to }
        }
        // An address that is needed again, and what lies there.
        family fused { o, d, a, b, e } [
            (U8, Slot, Slot, Slot, Slot) (U8, Slot, Slot, S8, Slot)
        ] {
            i32_add_then_load_at => { d = i32_add(a, b); e = i32_load(d, o) }
            i32_add_then_load8_u_at => { d = i32_add(a, b); e = i32_load8_u(d, o) }
            i32_add_then_i64_load_at => { d = i32_add(a, b); e = i64_load(d, o) }
            i32_add_then_f64_load_at => { d = i32_add(a, b); e = f64_load(d, o) }
        }
        family fused { o, d, a, b, k, e } [
            (U8, Slot, Slot, Slot, S8, Slot) (U8, Slot, Slot, Slot, S8, SlotAcc) (U8, Slot, Slot, Slot, S8, Acc)
        ] {
            i32_add_shl_then_load_at => { d = i32_add(a, i32_shl(b, k)); e = i32_load(d, o) }
        }
        family fused { o, d, a, k, b } [
            (U8, Slot, Slot, S8, Slot) (U8, Slot, Slot, Slot, Slot)
        ] {
            i32_add_then_store => { d = i32_add(a, k); i32_store(b, o, d) }
        }
        // What is loaded and looked at, and needed again.
        family fused { to, o, d, a, b } [
            (Fwd16, U8, Slot, Slot, Slot) (Fwd16, U8, Slot, Slot, S8) (Back16, U8, Slot, Slot, Slot)
            (Back16, U8, Slot, Slot, S8)
        ] {
            i32_load8_u_then_br_eq => { d = i32_load8_u(a, o); if i32_eq(d, b) goto to }
            i32_load8_u_then_br_ne => { d = i32_load8_u(a, o); if i32_ne(d, b) goto to }
            i32_load_then_br_eq => { d = i32_load(a, o); if i32_eq(d, b) goto to }
            i32_load_then_br_ne => { d = i32_load(a, o); if i32_ne(d, b) goto to }
        }
        family fused { to, o, d, a, b } [
            (Fwd16, U8, Slot, Slot, Slot) (Back16, U8, Slot, Slot, Slot) (Fwd16, U8, Slot, Acc, Slot)
            (Back16, U8, Slot, Acc, Slot)
        ] {
            i32_load_then_br_lt_s => { d = i32_load(a, o); if i32_lt_s(d, b) goto to }
            i32_load_then_br_lt_u => { d = i32_load(a, o); if i32_lt_u(d, b) goto to }
            i32_load_then_br_le_s => { d = i32_load(a, o); if i32_le_s(d, b) goto to }
            i32_load_then_br_le_u => { d = i32_load(a, o); if i32_le_u(d, b) goto to }
            i32_load_then_br_gt_s => { d = i32_load(a, o); if i32_lt_s(b, d) goto to }
            i32_load_then_br_gt_u => { d = i32_load(a, o); if i32_lt_u(b, d) goto to }
            i32_load_then_br_ge_s => { d = i32_load(a, o); if i32_le_s(b, d) goto to }
            i32_load_then_br_ge_u => { d = i32_load(a, o); if i32_le_u(b, d) goto to }
        }
        family fused { to, o, d, a } [
            (Fwd16, U8, Slot, Slot) (Back16, U8, Slot, Slot)
        ] {
            i32_load8_u_then_br_if => { d = i32_load8_u(a, o); if copy(d) goto to }
            i32_load8_u_then_br_eqz => { d = i32_load8_u(a, o); if i32_eqz(d) goto to }
            i32_load_then_br_if => { d = i32_load(a, o); if copy(d) goto to }
            i32_load_then_br_eqz => { d = i32_load(a, o); if i32_eqz(d) goto to }
        }
        family fused { to, o, p, a, b } [
            (Fwd16, U8, U8, Slot, Slot) (Back16, U8, U8, Slot, Slot) (Fwd16, U8, U8, Slot, Acc)
            (Back16, U8, U8, Slot, Acc)
        ] {
            br_i32_eq_load8_u2 => { if i32_eq(i32_load8_u(a, o), i32_load8_u(b, p)) goto to }
            br_i32_ne_load8_u2 => { if i32_ne(i32_load8_u(a, o), i32_load8_u(b, p)) goto to }
        }
        family fused { to, g } [
            (Fwd16, Global) (Back16, Global)
        ] {
            br_if_global => { if global_get(g) goto to }
            br_eqz_global => { if i32_eqz(global_get(g)) goto to }
        }
        family fused { o, p, d, a, e, b } [
            (U8, U8, Slot, Slot, Slot, Slot)
        ] {
            i32_load8_u2 => { d = i32_load8_u(a, o); e = i32_load8_u(b, p) }
            f64_load2 => { d = f64_load(a, o); e = f64_load(b, p) }
        }
        // Whether a number lies in a range.
        family fused { d, a, k, m } [
            (Slot, Slot, S8, S16) (Acc, Slot, S8, S16) (Slot, Acc, S8, S16) (Acc, Acc, S8, S16)
        ] {
            i32_lt_u_add => { d = i32_lt_u(i32_add(a, k), m) }
            i32_gt_u_add => { d = i32_gt_u(i32_add(a, k), m) }
        }
        // A bit field as an index.
        family fused { d, a, k, m, b } [
            (Slot, Slot, S8, S16, Slot) (Acc, Slot, S8, S16, Slot)
        ] {
            i32_add_and_shr_u => { d = i32_add(i32_and(i32_shr_u(a, k), m), b) }
        }
        family fused { d, a, k, m, e, b } [
            (Slot, Slot, S8, S16, Slot, Slot)
        ] {
            i32_and_shr_u_then_add => { d = i32_and(i32_shr_u(a, k), m); e = i32_add(d, b) }
        }
        // Add, rotate, xor.
        family fused { d, a, b, e, c, k } [
            (Slot, Slot, Slot, Slot, Slot, S8) (Slot, Acc, Slot, Slot, Slot, S8)
            (Slot, Slot, Slot, SlotAcc, Slot, S8) (Slot, Acc, Slot, SlotAcc, Slot, S8)
            (Slot, Slot, Slot, Slot, Acc, S8) (Slot, Slot, Slot, SlotAcc, Acc, S8)
        ] {
            i32_add_then_rotl_xor => { d = i32_add(a, b); e = i32_rotl(i32_xor(c, d), k) }
            i64_add_then_rotl_xor => { d = i64_add(a, b); e = i64_rotl(i64_xor(c, d), k) }
            i64_add_then_xor_rotl => { d = i64_add(a, b); e = i64_xor(d, i64_rotl(c, k)) }
        }
        family fused { d, a, b, k, e, c } [
            (Slot, Slot, Slot, S8, Slot, Slot) (Slot, Acc, Slot, S8, Slot, Slot)
            (Slot, Slot, Slot, S8, SlotAcc, Slot) (Slot, Acc, Slot, S8, SlotAcc, Slot)
        ] {
            i32_rotl_xor_then_add => { d = i32_rotl(i32_xor(a, b), k); e = i32_add(c, d) }
            i64_rotl_xor_then_add => { d = i64_rotl(i64_xor(a, b), k); e = i64_add(c, d) }
        }
        family fused { d, a, b, e, c, f } [
            (Slot, Slot, Slot, Slot, Slot, Slot)
        ] {
            i32_xor2 => { d = i32_xor(a, b); e = i32_xor(c, f) }
            i64_xor2 => { d = i64_xor(a, b); e = i64_xor(c, f) }
        }
        family fused { d, a, b, e, c, f } [
            (Slot, Slot, Slot, Slot, Slot, Slot) (Slot, Slot, Slot, SlotFAcc, Slot, Slot)
        ] {
            f64_sub2 => { d = f64_sub(a, b); e = f64_sub(c, f) }
        }
        // Products summed.
        family fused { d, a, b, c, e, f } [
            (Slot, Slot, Slot, Slot, Slot, Slot) (FAcc, Slot, Slot, Slot, Slot, Slot)
            (Slot, Slot, Slot, Slot, Slot, FAcc) (FAcc, Slot, Slot, Slot, Slot, FAcc)
        ] {
            f64_add_mul2 => { d = f64_add(f64_mul(a, b), f64_add(f64_mul(c, e), f)) }
            f64_sub_mul2 => { d = f64_sub(f64_sub(f, f64_mul(c, e)), f64_mul(a, b)) }
            f32_add_mul2 => { d = f32_add(f32_mul(a, b), f32_add(f32_mul(c, e), f)) }
        }
        // The end of a block.
        family fused { to, d, a } [
            (Fwd16, Slot, Slot) (Fwd16, Slot, S8) (Back16, Slot, Slot) (Back16, Slot, S8) (Fwd16, Slot, S32)
            (Back16, Slot, S32) (Fwd16, Slot, S16) (Back16, Slot, S16)
        ] {
            copy_br => { d = copy(a); goto to }
        }
        family fused { to, d, a, e, b } [
            (Fwd16, Slot, Slot, Slot, Slot) (Back16, Slot, Slot, Slot, Slot)
        ] {
            copy2_br => { d = copy(a); e = copy(b); goto to }
        }
        family fused { to, d, a, k } [
            (Fwd16, Slot, Slot, S16) (Back16, Slot, Slot, S16)
        ] {
            i32_add_br => { d = i32_add(a, k); goto to }
        }
        // A step of 64 bits and a branch on it.
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, Slot) (Back16, Slot, Slot, S8, S16) (Fwd16, Slot, Slot, S8, Slot)
            (Fwd16, Slot, Slot, S8, S16)
        ] {
            i64_add_then_br_eq => { d = i64_add(a, k); if i64_eq(d, b) goto to }
            i64_add_then_br_ne => { d = i64_add(a, k); if i64_ne(d, b) goto to }
            i64_add_then_br_lt_s => { d = i64_add(a, k); if i64_lt_s(d, b) goto to }
            i64_add_then_br_lt_u => { d = i64_add(a, k); if i64_lt_u(d, b) goto to }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, S16) (Fwd16, Slot, Slot, S8, S16)
        ] {
            i64_add_then_br_gt_s => { d = i64_add(a, k); if i64_gt_s(d, b) goto to }
            i64_add_then_br_gt_u => { d = i64_add(a, k); if i64_gt_u(d, b) goto to }
        }
        family fused { to, d, a, k, b } [
            (Back16, Slot, Slot, S8, Slot) (Fwd16, Slot, Slot, S8, Slot)
        ] {
            i64_add_then_br_le_s => { d = i64_add(a, k); if i64_le_s(d, b) goto to }
            i64_add_then_br_le_u => { d = i64_add(a, k); if i64_le_u(d, b) goto to }
            i64_add_then_br_above_s => { d = i64_add(a, k); if i64_lt_s(b, d) goto to }
            i64_add_then_br_above_u => { d = i64_add(a, k); if i64_lt_u(b, d) goto to }
            i64_add_then_br_from_s => { d = i64_add(a, k); if i64_le_s(b, d) goto to }
            i64_add_then_br_from_u => { d = i64_add(a, k); if i64_le_u(b, d) goto to }
        }
    } };
}
