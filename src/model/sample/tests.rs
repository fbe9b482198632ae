use super::*;

#[test]
fn every_class_reads_back_from_its_name() {
    for failure in Failure::ALL {
        assert_eq!(failure.as_str().parse(), Ok(failure));
    }
}
