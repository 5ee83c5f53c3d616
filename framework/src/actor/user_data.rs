//! Where the user's data is in what an engine is asked, and in what it answers.

use crate::{
    actor::{Description, StartRequest, UpdateAnswer, UpdateStand},
    model::{CodecError, UserData, UserDataVisitor},
};

impl UserData for StartRequest {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.input.visit(visitor)?;
        self.options.memo.visit(visitor)?;
        self.signal.visit(visitor)?;
        self.update.visit(visitor)?;
        self.inheritance.visit(visitor)
    }
}

impl UserData for UpdateAnswer {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        match &mut self.stand {
            UpdateStand::Accepted => Ok(()),
            UpdateStand::Completed(outcome) => outcome.visit(visitor),
        }
    }
}

impl UserData for Description {
    fn visit(&mut self, visitor: &mut dyn UserDataVisitor) -> Result<(), CodecError> {
        self.state.visit_described(visitor)
    }
}
