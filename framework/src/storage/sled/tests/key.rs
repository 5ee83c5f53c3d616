//! Keys sort as the tuples they stand for, and say what they stand for.

use proptest::prelude::*;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::sled::{key, piece::Piece},
};

fn any_piece() -> impl Strategy<Value = (RunId, RecordNumber, Piece)> {
    let piece =
        (0..=Piece::INDEX_MAX, any::<bool>()).prop_map(|(index, is_last)| Piece { index, is_last });
    // Few runs and numbers, so that ties are frequent.
    let run = prop_oneof![0..3u128, any::<u128>()].prop_map(RunId::from_u128);
    let number = prop_oneof![0..3u32, 250..260u32, any::<u32>()].prop_map(RecordNumber::new);
    (run, number, piece)
}

proptest! {
    #[test]
    fn a_key_says_which_piece_it_names((run_id, number, piece) in any_piece()) {
        let key = key::bundle(run_id, number, piece);
        prop_assert_eq!(key::parse_bundle(&key), Some(((run_id, number), piece)));
    }

    #[test]
    fn keys_sort_by_run_then_number_then_piece(a in any_piece(), b in any_piece()) {
        let order = |(run_id, number, piece): (RunId, RecordNumber, Piece)| {
            (run_id, number, piece.is_last, piece.index)
        };
        let key = |(run_id, number, piece)| key::bundle(run_id, number, piece);
        prop_assert_eq!(key(a).cmp(&key(b)), order(a).cmp(&order(b)));
    }

    #[test]
    fn a_range_of_bundles_holds_their_pieces_and_no_other(
        piece in any_piece(),
        from in any_piece(),
        to in any_piece(),
    ) {
        let (run_id, number, _) = piece;
        let range = key::bundles(from.0, from.1, to.1);
        let holds = run_id == from.0 && (from.1..=to.1).contains(&number);
        prop_assert_eq!(range.contains(&key::bundle(run_id, number, piece.2)), holds);
    }

    #[test]
    fn the_end_of_a_bundle_lies_behind_its_pieces_and_before_the_next((run_id, number, piece) in any_piece()) {
        let end = key::bundle_end(run_id, number);
        prop_assert!(key::bundle(run_id, number, piece) < end);
        if number < RecordNumber::new(u32::MAX) {
            let next = *key::bundles(run_id, number.next(), number.next()).start();
            prop_assert!(end < next);
        }
    }

    #[test]
    fn no_other_bytes_name_a_piece(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Some(((run_id, number), piece)) = key::parse_bundle(&bytes) {
            prop_assert_eq!(&key::bundle(run_id, number, piece)[..], &bytes);
        }
    }
}

#[test]
fn layout_3_stays_as_it_is() {
    let run_id = RunId::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);
    let number = RecordNumber::new(0x1112_1314);
    let last = Piece {
        index: 0x15,
        is_last: true,
    };
    let text = |key: &[u8]| key.escape_ascii().to_string();
    let keys = [
        text(&key::FORMAT),
        text(&key::open_run(run_id)),
        text(&key::closed_run(run_id)),
        text(&key::current_run(&WorkflowId::new("order-42"))),
        text(&key::bundle(run_id, number, last)),
        text(&key::SETTLEMENTS),
    ];
    expect_test::expect![[r##"
        f
        o\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10
        c\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10
        worder-42
        r\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x80\x00\x00\x15
        s"##]]
    .assert_eq(&keys.join("\n"));
}
